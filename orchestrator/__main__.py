"""``govorun`` and ``python -m orchestrator``: the command line, with Ctrl-C obeyed from the first moment on."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

__all__ = ["main"]

_CANCELLED = 130
_HELP = {"-h", "--help"}


def main() -> NoReturn:
    """Run the command line; an interrupt while its modules are still loading ends quietly."""
    from orchestrator.video.standby import sent_away

    try:
        _begin_to_load(sys.argv[1:])
        from orchestrator.cli import main
    except KeyboardInterrupt:
        sent_away()
        os._exit(_CANCELLED)
    main.main()


def _begin_to_load(arguments: list[str]) -> None:
    """A command that makes one video has another process load what draws, before this one loads what it needs."""
    if arguments[:1] == ["render"] and not _HELP.intersection(arguments):
        from orchestrator.video.standby import stand_by

        stand_by()


if __name__ == "__main__":
    main()
