"""The verb that makes pictures and pages of what another verb has written."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from siting.cli.options import Json, RunFolder
from siting.cli.output import print_json

__all__ = ["app"]

app = typer.Typer()


class Format(StrEnum):
    """Formats of a static map."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


class Theme(StrEnum):
    """Dark on light, or light on dark."""

    LIGHT = "light"
    DARK = "dark"


@app.command()
def report(
    run: RunFolder,
    formats: Annotated[
        list[Format] | None, typer.Option("--format", help="Format of the map; repeatable [png].")
    ] = None,
    theme: Annotated[Theme, typer.Option(help="Colours of the map.")] = Theme.LIGHT,
    as_json: Json = False,
) -> None:
    """Write the page and the map of RUN again, without solving."""
    from siting.report.folder import report_folder

    kinds = tuple(str(kind) for kind in formats or [Format.PNG])
    written = report_folder(run, formats=kinds, dark=theme is Theme.DARK)
    if as_json:
        print_json({"written": [str(path) for path in written]})
    else:
        for path in written:
            typer.echo(f"Written to {path}")
