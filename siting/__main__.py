"""The command line, as ``siting`` and as ``python -m siting``; Ctrl-C ends it without a traceback.

Reading the packages takes a part of a second, in which Ctrl-C would else end in a traceback.
"""

from __future__ import annotations

__all__ = ["main"]

#: What a shell takes for a command that Ctrl-C ended.
_INTERRUPTED = 130


def main() -> None:
    """Run the command line."""
    try:
        from siting.cli import main as command_line

        command_line()
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None


if __name__ == "__main__":
    main()
