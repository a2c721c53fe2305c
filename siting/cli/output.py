"""Arguments that several commands share, and tables and progress lines, 80 columns wide."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table

from siting.cli.streams import json_plain, plain, rewrite_line
from siting.files.spreadsheets import inert

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
    "chosen_sites",
    "lat_lon",
    "load",
    "odd",
    "print_csv",
    "print_json",
    "print_pairs",
    "print_renderable",
    "print_table",
    "records",
    "say",
    "site_rows",
    "stopped_in",
]


WIDTH = 80


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return plain(" ".join(str(value).splitlines()))


class _Plain:
    """A renderable with its own styles, every character of its text made visible."""

    def __init__(self, renderable: RenderableType) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for segment in console.render(self._renderable, options):
            yield segment if segment.control else segment._replace(text=plain(segment.text))


def print_renderable(renderable: RenderableType) -> None:
    """Print a ready-made table or group, at most 80 columns wide."""
    console = Console(width=WIDTH, highlight=False, markup=False, emoji=False)
    console.print(_Plain(renderable))


def print_table(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows with the same keys; numbers stand to the right."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in rows[0] if rows else ():
        numeric = all(isinstance(row[name], int | float | None) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(_text, row.values()))
    print_renderable(table)


def print_pairs(title: str, pairs: Mapping[str, Any]) -> None:
    """Print names and values, one pair a line."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs.items():
        table.add_row(name, _text(value))
    print_renderable(table)


def say(message: str) -> None:
    """Print a line of progress to standard error."""
    typer.echo(message, err=True)


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
            typer.echo(f"warning: {now}", err=True)
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
#: Exit code of a command of many solves that the planner ended.
INTERRUPTED = 130

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


#: Said where a command was interrupted before its first solve ended.
NOTHING = "nothing is written yet"


def stopped_in(folder: Path) -> NoReturn:
    """End a command of many solves that was interrupted, and say how to go on."""
    kept = f"what is done is in {folder}: go on with --resume" if folder.exists() else NOTHING
    typer.echo(f"\nstopped; {kept}", err=True)
    raise typer.Exit(INTERRUPTED) from None


def lat_lon(text: str) -> tuple[float, float]:
    """Read ``LAT,LON``. [degrees]."""
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not LAT,LON in degrees, as in 65.6,22.1") from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise typer.BadParameter(f"{text} lies outside -90..90, -180..180 degrees")
    return lat, lon


def built_in() -> Catalogue:
    """Return the built-in catalogue, whose packages are imported on first use."""
    from siting.catalogue import load_catalogue

    return load_catalogue()


def load(path: Path, overrides: list[str] | None, *, made: bool = True) -> Study:
    """Read a study, its names and files checked against the catalogue.

    Overrides of which a later one leaves nothing are said.

    Parameters
    ----------
    path : pathlib.Path
        The study.
    overrides : list of str or None
        Values of ``--set``.
    made : bool, default True
        Whether its candidates are there by now, and not still to be made by a screen.
    """
    from siting.coefficients.inputs import read_study
    from siting.config import replaced_overrides

    study = read_study(path, overrides or (), built_in(), made=made)
    for words in replaced_overrides(path, overrides or ()):
        say(f"warning: {words}")
    return study


def chosen_sites(study: Study) -> tuple[Catalogue, tuple[str, ...]]:
    """Catalogue with the planner's own sites, and the ids that may compete."""
    from siting.coefficients import sets

    return sets.chosen_sites(study, built_in())


def odd(study: Study) -> list[str]:
    """Numbers of a study whose size makes their unit doubtful, in words."""
    from siting.config import unusual_numbers

    return [str(doubt) for doubt in unusual_numbers(study)]


def site_rows(
    catalogue: Catalogue, ids: tuple[str, ...], kinds: Iterable[str]
) -> list[dict[str, Any]]:
    """Candidate sites as plain rows, of the given kinds or of all."""
    rows = records(catalogue.candidates.loc[list(ids)].drop(columns="geometry"))
    wanted = set(kinds)
    return [row for row in rows if not wanted or wanted & set(row["kinds"])]


def records(table: DataFrame) -> list[dict[str, Any]]:
    """Return a table as plain rows, its index as ``id``."""
    rows = table.reset_index(names="id").to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
