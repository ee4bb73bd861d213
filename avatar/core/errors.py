"""Every error that Govorun raises on purpose, with the exit code of the command line.

    GovorunError                    1
    ├── InputError                  2   something handed in cannot be used
    │   ├── OptionError             2   an option: unknown engine, size, fps, colour ...
    │   ├── ScriptError             3   the script: empty, unknown direction, nothing to speak
    │   ├── PhotoError              4   the photo: unreadable, no face, too small ...
    │   ├── AudioError              5   a recording
    │   └── VoiceError              6   a voice that is unknown or does not speak the language
    ├── EngineError                 7   an engine failed while it worked
    │   └── MissingEngine           8   an engine, weight, device or extra that is not installed
    ├── MediaError                  9   ffmpeg is missing, too old or failed
    ├── OutputError                10   the result cannot be written: no permission, disk full
    │   ├── DiskFull               10   there is no room; there may be some later
    │   └── StorageAway            10   where the service keeps files does not answer
    └── Cancelled                 130   the user stopped the work

A message says what happened and what to do, in one sentence where one is enough.
"""

from __future__ import annotations

__all__ = [
    "AudioError",
    "Cancelled",
    "DiskFull",
    "EngineError",
    "GovorunError",
    "InputError",
    "MediaError",
    "MissingEngine",
    "OptionError",
    "OutputError",
    "PhotoError",
    "ScriptError",
    "StorageAway",
    "VoiceError",
]


class GovorunError(Exception):
    """Base of the tree; ``exit_code`` is what the command line ends with, ``code`` is the word used in the API.

    What users of the page can meet is raised with a :class:`~avatar.core.reasons.Message`, which has a finer code.
    """

    exit_code = 1
    code = "internal_error"

    @property
    def message(self) -> str:
        """What was raised, with reason and params where it has them."""
        first = self.args[0] if self.args else ""
        return first if isinstance(first, str) else str(self)


class InputError(GovorunError):
    """Something handed in cannot be used."""

    exit_code = 2
    code = "invalid_input"


class OptionError(InputError):
    """An option has a value that is not among the valid ones."""

    code = "invalid_option"


class ScriptError(InputError):
    """The script cannot be spoken."""

    exit_code = 3
    code = "invalid_script"


class PhotoError(InputError):
    """The photo cannot be animated."""

    exit_code = 4
    code = "invalid_photo"


class AudioError(InputError):
    """The recording cannot be used."""

    exit_code = 5
    code = "invalid_audio"


class VoiceError(InputError):
    """The voice is unknown or does not speak the language."""

    exit_code = 6
    code = "invalid_voice"


class EngineError(GovorunError):
    """An engine failed while it worked."""

    exit_code = 7
    code = "engine_failed"


class MissingEngine(EngineError):  # noqa: N818
    """An engine, its weights, its device or its extra is not installed here."""

    exit_code = 8
    code = "engine_missing"


class MediaError(GovorunError):
    """ffmpeg is missing, too old or failed."""

    exit_code = 9
    code = "media_failed"


class OutputError(GovorunError):
    """The result cannot be written."""

    exit_code = 10
    code = "output_failed"


class DiskFull(OutputError):  # noqa: N818
    """There is no room on the disk; there may be some later."""

    code = "disk_full"


class StorageAway(OutputError):  # noqa: N818
    """Where the service keeps files does not answer, or lets nobody in."""

    code = "storage_away"


class Cancelled(GovorunError):  # noqa: N818 - no error
    """The user stopped the work."""

    exit_code = 130
    code = "cancelled"
