"""The camera of every room: a portrait lens wide open, the speaker in focus."""

__all__ = ["APERTURE", "LENS", "SEAT", "SENSOR"]

SEAT = 1.15  # metres from the camera to the speaker, where it is focused
LENS, SENSOR = 34.0, 36.0  # millimetres
APERTURE = 1.3  # f-number
