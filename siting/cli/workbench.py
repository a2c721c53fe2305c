"""The command that opens a study as a page to work with."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from siting.cli.options import Overrides, StudyFile

__all__ = ["app"]

app = typer.Typer()


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
