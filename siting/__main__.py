"""The command line, as ``siting`` and as ``python -m siting``; Ctrl-C ends it without a traceback.

Reading the packages takes a part of a second, in which Ctrl-C would else end in a traceback.
"""

from __future__ import annotations

import gc

__all__ = ["main"]

#: What a shell takes for a command that Ctrl-C ended.
_INTERRUPTED = 130
#: Objects made before Python looks for unreachable cycles, and rounds between deeper looks: a
#: command makes many objects that last, and would spend a tenth of its time looking.
_COLLECTED_AFTER = (100_000, 10, 10)


def main() -> None:
    """Run the command line."""
    gc.set_threshold(*_COLLECTED_AFTER)
    try:
        from siting.cli import main as command_line

        command_line()
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None


if __name__ == "__main__":
    main()
