"""eSpeak NG as a library: its phones, their times, its sound."""
