"""Arguments that several commands share, and the study and catalogue that they name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.catalogue import Catalogue
    from siting.config import Study

__all__ = [
    "STOPPED_EARLY",
    "Csv",
    "Json",
    "Overrides",
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
    "records",
    "site_rows",
    "stopped_in",
]

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


def stopped_in(folder: Path) -> NoReturn:
    """End a command of many solves that was interrupted, and say how to go on."""
    typer.echo(f"\nstopped; what is done is in {folder}: go on with --resume", err=True)
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

    return read_study(path, overrides or (), built_in(), made=made)


def chosen_sites(study: Study) -> tuple[Catalogue, tuple[str, ...]]:
    """Catalogue with the planner's own sites, and the ids that may compete."""
    from siting.coefficients import demand as choice

    return choice.chosen_sites(study, built_in())


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
