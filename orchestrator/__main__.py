"""``govorun`` and ``python -m orchestrator``: the command line, with Ctrl-C obeyed from the first moment on."""

from __future__ import annotations

import os
from typing import NoReturn

__all__ = ["main"]

_CANCELLED = 130


def main() -> NoReturn:
    """Run the command line; an interrupt while its modules are still loading ends quietly."""
    try:
        from orchestrator.cli import main
    except KeyboardInterrupt:
        os._exit(_CANCELLED)
    main.main()


if __name__ == "__main__":
    main()
