"""Arguments and options that several commands share, and their checks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "STOPPED_EARLY",
    "Csv",
    "Json",
    "Overrides",
    "RunFolder",
    "StudyFile",
    "lat_lon",
]

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
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV on standard output.")]


def lat_lon(text: str) -> tuple[float, float]:
    """Read ``LAT,LON``. [degrees]."""
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not LAT,LON in degrees, as in 65.6,22.1") from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise typer.BadParameter(f"{text} lies outside -90..90, -180..180 degrees")
    return lat, lon
