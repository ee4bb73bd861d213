"""Text as people write it becomes words to speak: directions, sentences, numbers, languages."""
