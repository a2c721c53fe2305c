"""Standard output and standard error: the one gate between any text and a terminal.

A name in a file of the planner's may hold sequences that recolour the terminal, rename its window
or move its cursor; an old terminal may know fewer letters than the text has. Everything that the
command line writes, a traceback and a warning included, passes :func:`guarded_streams`.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import re
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from siting.errors import DataError, Fault

__all__ = ["guarded_streams", "json_plain", "plain", "rewrite_line"]

#: Categories of characters that no terminal shows as a letter: controls, formats (which turn the
#: direction of writing), halves of surrogate pairs, separators of lines and paragraphs.
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_SUSPECT = re.compile(r"[^ -~\n\t]")
#: Signs of the messages that Unicode does not decompose to ASCII.
_ASCII = {"–": "-", "—": "-", "−": "-", "≤": "<=", "≥": ">=", "×": "x", "·": ".", "→": "->"}
_STDOUT = 1
_TRANSLITERATE = "siting.transliterate"


def plain(text: str) -> str:
    r"""Text in which every character is seen: an escape is shown as ``\x1b``.

    Parameters
    ----------
    text : str
        Of any origin.

    Returns
    -------
    str
        Line breaks and tabs stay; other control characters, marks that turn the direction of
        writing and halves of surrogate pairs are written as Python writes them.
    """
    return _SUSPECT.sub(_seen, text)


def _seen(match: re.Match[str]) -> str:
    character = match.group()
    if unicodedata.category(character) not in _UNSEEN:
        return character
    return character.encode("unicode_escape").decode("ascii")


def json_plain(text: str, encoding: str | None) -> str:
    r"""Return JSON of the same value in which :func:`plain` would change nothing.

    Parameters
    ----------
    text : str
        JSON.
    encoding : str or None
        Encoding of the stream that it goes to; a letter that it lacks is written as ``\uXXXX``.
    """

    def escaped(match: re.Match[str]) -> str:
        character = match.group()
        if plain(character) == character and _has(encoding, character):
            return character
        return json.dumps(character)[1:-1]

    return _SUSPECT.sub(escaped, text)


def _has(encoding: str | None, character: str) -> bool:
    try:
        character.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _transliterate(error: UnicodeError) -> tuple[str, int]:
    """Letters that an encoding lacks, in those that it has: ``m³`` becomes ``m3``."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    written = ""
    for character in error.object[error.start : error.end]:
        ascii_form = _ASCII.get(character) or "".join(
            c for c in unicodedata.normalize("NFKD", character) if c.isascii()
        )
        written += ascii_form or character.encode("unicode_escape").decode("ascii")
    return written, error.end


class _Checked(io.TextIOBase):
    """A stream that says so where it cannot be written.

    Parameters
    ----------
    raw : file
        Standard output or standard error.
    """

    def __init__(self, raw: TextIO) -> None:
        self._raw = raw

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._raw.encoding

    def write(self, text: str) -> int:
        with self._told():
            self._raw.write(text)
        return len(text)

    def flush(self) -> None:
        with self._told():
            self._raw.flush()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def fileno(self) -> int:
        return self._raw.fileno()

    def writable(self) -> bool:
        return True

    @contextmanager
    def _told(self) -> Iterator[None]:
        """A full disk behind standard output is an error of the planner's."""
        try:
            yield
        except OSError as error:
            # Python flushes the stream once more at its end, which must not fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            if isinstance(error, BrokenPipeError):
                raise
            if self.fileno() == _STDOUT:
                problem = f"cannot be written: {error.strerror}"
                remedy = "Make room, or send it to another place."
                raise DataError([Fault("standard output", None, "", problem, remedy)]) from None


class _Guard(_Checked):
    """A checked stream that takes any text and passes on plain text."""

    def __init__(self, raw: TextIO) -> None:
        super().__init__(raw)
        # rich looks for this name, and writes its own styles past the guard.
        self.rich_proxied_file = _Checked(raw)

    def write(self, text: str) -> int:
        return super().write(plain(text))


@contextmanager
def guarded_streams() -> Iterator[None]:
    """Standard output and standard error take any text, and show it plain and in their letters."""
    codecs.register_error(_TRANSLITERATE, _transliterate)
    streams = {name: cast("TextIO | None", getattr(sys, name)) for name in ("stdout", "stderr")}
    before = {name: raw for name, raw in streams.items() if raw is not None}
    for name, raw in before.items():
        if isinstance(raw, io.TextIOWrapper):
            raw.reconfigure(errors=_TRANSLITERATE)
        setattr(sys, name, _Guard(raw))
    try:
        yield
    finally:
        for name, raw in before.items():
            if isinstance(getattr(sys, name), _Guard):  # else a broken pipe has been put to rest
                setattr(sys, name, raw)


def rewrite_line(text: str) -> None:
    """Put a text in place of the line of standard error that the cursor is in."""
    raw = getattr(sys.stderr, "rich_proxied_file", sys.stderr)
    raw.write(f"\r\033[2K{plain(text)}")
    raw.flush()
