"""The commands on places (profile, grid, round-trip times), on pages of folders, and on files."""

from __future__ import annotations

import sys
import time
import webbrowser
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from siting.cli.output import (
    Csv,
    Json,
    Overrides,
    RunFolder,
    StudyFile,
    built_in,
    load,
    print_csv,
    print_json,
    print_pairs,
    print_table,
    say,
    warn,
)
from siting.errors import Fault, StudyError
from siting.files import full_disk_told
from siting.files.folders import check_folder

if TYPE_CHECKING:
    from siting.profile import Profile

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
def profile(
    site: Annotated[str | None, typer.Option(help="Id of a candidate site.")] = None,
    lat: Annotated[float | None, typer.Option(help="Latitude of any place [degrees].")] = None,
    lon: Annotated[float | None, typer.Option(help="Longitude of any place [degrees].")] = None,
    epw: Annotated[Path | None, typer.Option(help="Weather file, EPW or TMY3.")] = None,
    design: Annotated[
        list[str] | None, typer.Option(help="Only this cooling design; repeatable.")
    ] = None,
    practice: Annotated[
        str, typer.Option(help="Generation and operation of the plant: best, typical, legacy.")
    ] = "best",
    inlet: Annotated[
        str, typer.Option(help="ASHRAE class of the inlet air: recommended, A1 to A4, H1.")
    ] = "A1",
    water_class: Annotated[
        str, typer.Option(help="ASHRAE class of the cooling water of liquid-cooled IT.")
    ] = "W40",
    liquid_share: Annotated[
        float | None, typer.Option(help="IT heat that cold plates take, 0.8 by default.")
    ] = None,
    supply_air: Annotated[
        float | None, typer.Option(help="Supply air of sealed halls [°C]; by design by default.")
    ] = None,
    load: Annotated[float, typer.Option(help="IT power over its rating, up to 1.")] = 1.0,
    min_dew_point: Annotated[
        float | None, typer.Option(help="Humidification floor [°C]; that of the class by default.")
    ] = None,
    year: Annotated[
        str, typer.Option(help="Year of the weather: typical, hot, dry, hot_dry.")
    ] = "typical",
    warming: Annotated[float, typer.Option(help="Warmer air, humidity kept [K].")] = 0.0,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """PUE, WUE and free-cooling hours by month for each cooling design at one place."""
    ways = [site is not None, lat is not None or lon is not None, epw is not None]
    if sum(ways) != 1 or (lat is None) != (lon is None):
        raise typer.BadParameter("give exactly one of --site, --lat with --lon, or --epw")

    from siting.profile import profile_place

    result = profile_place(
        site=site,
        lat=lat,
        lon=lon,
        epw=epw,
        designs=tuple(design or ()),
        practice=practice,
        inlet=inlet,
        water_class=water_class,
        liquid_share=liquid_share,
        supply_air_c=supply_air,
        load=load,
        min_dew_point_c=min_dew_point,
        year=year,
        warming_k=warming,
    )
    _print_profile(result, as_json=as_json, as_csv=as_csv)


def _print_profile(result: Profile, *, as_json: bool, as_csv: bool) -> None:
    if as_json:
        print_json(result.to_mapping())
    elif as_csv:
        print_csv(result.rows())
    else:
        for title, rows in result.tables():
            print_table(title, rows)


# Southern latitudes begin with a minus.
@app.command(context_settings={"ignore_unknown_options": True})
def rtt(
    start: Annotated[str, typer.Argument(metavar="FROM", help="Id of a place, or LAT,LON.")],
    end: Annotated[str, typer.Argument(metavar="TO", help="Id of a place, or LAT,LON.")],
    as_json: Json = False,
) -> None:
    """Round trip of the network between two places, with its spread."""
    from siting.catalogue.round_trips import round_trip_facts

    found = round_trip_facts(built_in(), start, end)
    if as_json:
        print_json(found)
    else:
        print_pairs("", found)


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

    from siting.screen import screen_study, screening_summary, write_screening

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
        Path | None, typer.Option(metavar="DIR", help="Folder of the runs [runs/<name>-workbench].")
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

    serve_study(study, out, overrides=overrides or (), port=port, say=say, warn=warn)


@app.command()
def new(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Name of the study or of the file.")
    ] = None,
    sites: Annotated[
        bool, typer.Option("--sites", help="A file of own sites, as .csv and .xlsx, in its place.")
    ] = False,
    demand: Annotated[
        bool, typer.Option("--demand", help="A file of own demand regions, the same.")
    ] = False,
    connections: Annotated[
        bool, typer.Option("--connections", help="A file of steps of connections, the same.")
    ] = False,
    generators: Annotated[
        bool, typer.Option("--generators", help="A file of own generators, the same.")
    ] = False,
    ppas: Annotated[
        bool, typer.Option("--ppas", help="A file of own contracts for electricity, the same.")
    ] = False,
) -> None:
    """Write NAME.yaml, a commented study to start from, or files of sites, demand and power."""
    from siting.config import starter_study

    asked = {"sites": sites, "demand": demand, "connections": connections,
             "generators": generators, "ppas": ppas}  # fmt: skip
    if any(asked.values()):
        _new_tables(name, [kind for kind, wanted in asked.items() if wanted])
        return
    if name is None:
        options = ", ".join(f"--{kind}" for kind in asked)
        raise typer.BadParameter(f"give a NAME, or one of {options}")
    name = name.removesuffix(".yaml")
    text = starter_study(name)
    path = Path(f"{name}.yaml")
    try:
        with full_disk_told(path), path.open("x", encoding="utf-8") as file:
            _write_whole(file, text)
    except FileExistsError:
        fault = Fault(str(path), None, "", "is there already", "Choose another name.")
        raise StudyError([fault]) from None
    say(f"wrote {path}; next: siting check {path}")


def _new_tables(name: str | None, kinds: Sequence[str]) -> None:
    """Write templates: one file where the name has a suffix, else a table and a workbook."""
    from siting.catalogue.templates import TEMPLATES, Template, write_template

    made: dict[Path, Template] = {}
    for kind in kinds:
        stem = Path(name or kind)
        if name and len(kinds) > 1:
            stem = stem.with_name(f"{stem.stem}_{kind}{stem.suffix}")
        whole = stem.suffix.lower() in (".csv", ".xlsx")
        paths = [stem] if whole else [Path(f"{stem}{suffix}") for suffix in (".csv", ".xlsx")]
        made |= dict.fromkeys(paths, TEMPLATES[kind])
    there = [path for path in made if path.exists()]
    if there:
        remedy = "Choose another name."
        raise StudyError(Fault(str(p), None, "", "is there already", remedy) for p in there)
    for path, template in made.items():
        with full_disk_told(path):
            write_template(template.sheets(), path)
        say(f"wrote {path}; name it in a study by {template.key}")


def _write_whole(file: IO[str], text: str) -> None:
    """Write a new file, or remove it."""
    try:
        file.write(text)
        file.flush()
    except OSError:
        Path(file.name).unlink()
        raise


@app.command()
def schema() -> None:
    """Print the JSON schema of a study, for editors."""
    from siting.config import study_schema

    print_json(study_schema())
