"""Arguments that several commands share, tables and progress lines, and the gate to a terminal.

A name in a file of the planner's may hold sequences that recolour the terminal, rename its window
or move its cursor; an old terminal may know fewer letters than the text has. Everything that the
command line writes, a traceback and a warning included, passes :func:`guarded_streams`.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import math
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any, TextIO, cast

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table

from siting.errors import DataError, Fault
from siting.files.spreadsheets import inert
from siting.nomenclature import LINE_WIDTH

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.catalogue import Catalogue
    from siting.config import Study
    from siting.mip import Progress

__all__ = [
    "STOPPED_EARLY",
    "Csv",
    "Json",
    "Overrides",
    "ProgressLine",
    "Resume",
    "RunFolder",
    "Scheduler",
    "StudyFile",
    "Workers",
    "built_in",
    "guarded_streams",
    "json_plain",
    "load",
    "plain",
    "print_csv",
    "print_json",
    "print_pairs",
    "print_renderable",
    "print_table",
    "records",
    "rewrite_line",
    "say",
    "warn",
]


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

    Line breaks and tabs stay; other control characters, marks that turn the direction of writing
    and halves of surrogate pairs are written as Python writes them.
    """
    return _SUSPECT.sub(_seen, text)


def _seen(match: re.Match[str]) -> str:
    character = match.group()
    if unicodedata.category(character) not in _UNSEEN:
        return character
    return character.encode("unicode_escape").decode("ascii")


def json_plain(text: str, encoding: str | None) -> str:
    r"""Return JSON of the same value in which :func:`plain` would change nothing.

    A letter that the encoding of its stream lacks is written as ``\uXXXX``.
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
    """Output stream that raises an error of the planner's where it cannot be written."""

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


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, float):
        shown = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
        return f"−{shown[1:]}" if shown.startswith("-") else shown
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}".replace("-", "−")
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return plain(" ".join(str(value).splitlines()))


#: Signs up to which an id stays whole, and to which a column of words may be folded.
_ID_SIGNS, _WORD = LINE_WIDTH // 3, 8


class _Plain:
    """A renderable with its own styles, every character of its text made visible."""

    def __init__(self, renderable: RenderableType) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for segment in console.render(self._renderable, options):
            yield segment if segment.control else segment._replace(text=plain(segment.text))


def print_renderable(renderable: RenderableType) -> None:
    """Print a ready-made table or group, at most 80 columns wide."""
    console = Console(width=LINE_WIDTH, highlight=False, markup=False, emoji=False)
    console.print(_Plain(renderable))


def print_table(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows with the same keys; numbers stand to the right, whole where all have room."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    names = list(rows[0]) if rows else []
    widest = {name: max(len(_text(row[name])) for row in rows) for name in names}
    numeric = {n for n in names if all(isinstance(row[n], int | float | None) for row in rows)}
    least = (max(widest[n], _WORD) if n in numeric else min(widest[n], _WORD) for n in names)
    has_room = sum(least) + len(names) <= LINE_WIDTH
    for name in names:
        is_number, broad = name in numeric, max(widest[name], _WORD)
        # An id is typed again into the next command: it stays whole where that leaves room.
        whole = (is_number and has_room) or (name == "id" and widest[name] <= _ID_SIGNS)
        table.add_column(_folded(name, broad) if is_number and has_room else name, overflow="fold",
                         justify="right" if is_number else "left", no_wrap=whole)  # fmt: skip
    for row in rows:
        table.add_row(*map(_text, row.values()))
    print_renderable(table)


def _folded(name: str, width: int) -> str:
    """Name of a column in lines as narrow as its cells, as far as its words allow."""
    lines = wrap(name.replace("_", "_ "), width, break_long_words=False)
    return "\n".join(lines).replace("_ ", "_")


def print_pairs(title: str, pairs: Mapping[str, Any]) -> None:
    """Print names and values, one pair a line."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs.items():
        table.add_row(name, _text(value) or "none")
    print_renderable(table)


def say(message: str) -> None:
    """Print a line of progress to standard error."""
    typer.echo(message, err=True)


def warn(doubt: str) -> None:
    """Print a warning to standard error."""
    say(f"warning: {doubt}")


def print_json(value: Any) -> None:
    """Print JSON; a missing number is null."""
    text = json.dumps(_nulls(value), indent=2, ensure_ascii=False)
    sys.stdout.write(json_plain(text, sys.stdout.encoding) + "\n")


def _nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _nulls(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_nulls(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_csv(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as CSV; lists within a cell are joined by spaces."""
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(sys.stdout, fieldnames=list(row), lineterminator="\n")
            writer.writeheader()
        cells = {k: " ".join(v) if isinstance(v, list | tuple) else v for k, v in row.items()}
        writer.writerow({k: "" if _text(v) == "–" else inert(v) for k, v in cells.items()})


class ProgressLine:
    """Bound, incumbent and gap of a running solve: one line that moves, or a line now and then."""

    EVERY_S = 5.0

    def __init__(self) -> None:
        self._told: tuple[str, float] = ("", -math.inf)

    def __call__(self, now: Progress | str) -> None:
        """Tell what the solve knows now, or a sentence that stays."""
        if isinstance(now, str):
            self.close()
            warn(now)
        elif sys.stderr.isatty():
            rewrite_line(str(now))
        elif now.phase != self._told[0] or now.seconds - self._told[1] >= self.EVERY_S:
            self._told = (now.phase, now.seconds)
            typer.echo(str(now), err=True)

    def count(self, text: str) -> None:
        """A line of its own kind: in place where lines move, every tenth where they do not."""
        if sys.stderr.isatty():
            rewrite_line(text)
        elif text.endswith(("0", " 1")):
            typer.echo(text, err=True)

    def close(self) -> None:
        """End the moving line."""
        if sys.stderr.isatty():
            rewrite_line("")


#: Exit code of a solve that ended before the gap asked for.
STOPPED_EARLY = 4

StudyFile = Annotated[Path, typer.Argument(metavar="STUDY", help="YAML file of the study.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Folder that solve wrote.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Override one key of the study; repeatable. "
        "E.g. --set limits.max_sites=3 --set demand.workloads.chat.wh_per_request=0.3",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Workers = Annotated[int, typer.Option(min=1, max=1024, help="Processes.")]
Scheduler = Annotated[
    str | None, typer.Option(metavar="TCP://HOST:PORT", help="Dask scheduler to use instead.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where it stopped.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV on standard output.")]


def built_in() -> Catalogue:
    """Return the built-in catalogue, whose packages are imported on first use."""
    from siting.catalogue import load_catalogue

    return load_catalogue()


def load(
    path: Path,
    overrides: list[str] | None,
    *,
    made: bool = True,
    tell: Callable[[str], None] = warn,
) -> Study:
    """Read a study, its names and files checked against the catalogue.

    ``tell`` is told the overrides of which a later one leaves nothing; ``made`` says whether the
    candidates are there by now, and not still to be made by a screen.
    """
    from siting.coefficients.inputs import read_study

    return read_study(path, overrides or (), built_in(), made=made, tell=tell)


def records(table: DataFrame) -> list[dict[str, Any]]:
    """Return a table as plain rows, its index as ``id``."""
    rows = table.reset_index(names="id").to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
