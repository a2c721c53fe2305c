"""The commands that make candidates on a grid, pages of folders, and a page to work with."""

from __future__ import annotations

import sys
import time
import webbrowser
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from siting.cli.output import (
    Json,
    Overrides,
    RunFolder,
    StudyFile,
    built_in,
    load,
    print_json,
    print_pairs,
)
from siting.files.folders import check_folder

__all__ = ["app"]


app = typer.Typer()


class Format(StrEnum):
    """Formats of a static map, and those in which planners mail a run."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"
    XLSX = "xlsx"
    KMZ = "kmz"
    PARQUET = "parquet"
    GEOPARQUET = "geoparquet"


class Theme(StrEnum):
    """Dark on light, or light on dark."""

    LIGHT = "light"
    DARK = "dark"


@app.command()
def report(
    run: RunFolder,
    formats: Annotated[
        list[Format] | None,
        typer.Option(
            "--format",
            help="Map as png, svg, pdf (with a paper of two pages); of a run also xlsx, "
            "kmz, parquet (geoparquet is the same); repeatable [png].",
        ),
    ] = None,
    theme: Annotated[Theme, typer.Option(help="Colours of the map.")] = Theme.LIGHT,
    as_json: Json = False,
) -> None:
    """Write the page and the map of RUN again, without solving."""
    from siting.report.folder import report_folder

    asked = [
        Format.PARQUET if kind is Format.GEOPARQUET else kind for kind in formats or [Format.PNG]
    ]
    kinds = tuple(dict.fromkeys(map(str, asked)))
    written = report_folder(run, formats=kinds, dark=theme is Theme.DARK)
    if as_json:
        print_json({"written": [str(path) for path in written]})
    else:
        for path in written:
            typer.echo(f"Written to {path}")


@app.command()
def screen(
    study: StudyFile,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write.")],
    overrides: Overrides = None,
    as_json: Json = False,
) -> None:
    """Make candidates on an equal-area grid, with a reason for each cell that falls out."""
    resolved = load(study, overrides, made=False)
    check_folder(out, "screen")

    from siting.screen import screen_study, write_screening
    from siting.screen.screening import screening_summary

    start = time.perf_counter()
    screening = screen_study(resolved, built_in())
    details = {"seconds": round(time.perf_counter() - start, 3)}
    folder = write_screening(screening, out, details=details)
    summary = screening_summary(screening) | details
    if as_json:
        print_json(summary | {"folder": str(folder)})
        return
    for note in screening.notes:
        typer.echo(f"repaired: {note}", err=True)
    shown = ("screened_cells", "kept", "fell_out", "cell_km2", "projection", "seconds")
    print_pairs(resolved.name, {key: summary[key] for key in shown})
    print_pairs("cells that break each rule", summary["cells_by_broken_rule"])
    typer.echo(f"\nWritten to {folder}; next: siting solve {folder / 'study.yaml'}")


@app.command()
def serve(
    study: StudyFile,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the answers [runs/<name>-workbench]."),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the page; 0 takes a free one.")
    ] = 0,
    overrides: Overrides = None,
    browser: Annotated[
        bool, typer.Option(help="Open the page, where a terminal is there to say so.")
    ] = True,
) -> None:
    """Open STUDY as a page of this computer: change keys, solve again, see what differs and why."""
    from siting.workbench import serve as serve_study

    def say(address: str) -> None:
        typer.echo(address)
        sys.stdout.flush()
        typer.echo("Open this address in a browser; Ctrl-C ends it.", err=True)
        if browser and sys.stdout.isatty():
            webbrowser.open(address)

    serve_study(study, out, overrides=overrides or (), port=port, say=say)
