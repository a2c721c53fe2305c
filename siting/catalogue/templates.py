"""Files to start from: sites, demand regions and tables of power, with every column's meaning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from siting.catalogue.figures import ALLOWED, FIGURES, TEXT_FIGURES
from siting.catalogue.point_attributes import JOINED
from siting.catalogue.power_files import CONNECTION_COLUMNS, PPA_COLUMNS
from siting.config.base import described_fields
from siting.config.supply import GeneratorOffer
from siting.files.spreadsheets import write_csv, write_workbook
from siting.physics.parameters import GENERATORS

__all__ = [
    "TEMPLATES",
    "Template",
    "column_table",
    "connection_template",
    "demand_template",
    "generator_template",
    "ppa_template",
    "site_template",
    "write_template",
]

_PLACE = {
    "id": "Small letters, digits and _; a letter first. Needed.",
    "name": "Shown on pages; the id by default.",
    "country": "ISO 3166-1 alpha-3, such as DEU; that of the position by default.",
    "lat": "Degrees north, WGS 84. Needed.",
    "lon": "Degrees east, WGS 84. Needed.",
}
_SITE = {
    "region": "Such as europe; that of the country by default.",
    "kinds": "Families that the site belongs to, joined by commas; none by default.",
}
_PEOPLE = {
    "population": "People; shares the load out where demand.share_by says so.",
    "internet_users": "People online; shares the load out by default.",
    "weight": "Share of the load in any unit, for demand.share_by: weight.",
}
_ATTRIBUTES = {
    "connection_mw": "Power that the grid grants the site.",
    "grid_zone": "Zone of the electricity grid, as in geodata/grid_zones.csv.",
    "hydro_zone": "Zone of the profile of hydropower.",
    "renewable_zone": "Zone of the profiles of wind and solar.",
    "elevation_m": "Height above the sea.",
    "scarcity_factor": "AWARE water scarcity of the basin.",
    "scarcity_factor_country": "AWARE water scarcity where the electricity is made.",
}
_VARIES = {"month": "; or _m1 to _m12", "design": "; or _ and a cooling design"}
_EXAMPLE_SITE = {"id": "my_site", "name": "My site", "lat": 50.13, "lon": 8.92}
_EXAMPLE_REGION = {"id": "my_city", "name": "My city", "lat": 50.11, "lon": 8.68, "weight": 1}


def column_table(columns: dict[str, str]) -> pd.DataFrame:
    """Column, unit, range and meaning of each, as a sheet or a page shows them."""
    rows = []
    for name, about in columns.items():
        allowed = None if name in TEXT_FIGURES else ALLOWED.get(name)
        figure = FIGURES.get(name)
        varies = _VARIES.get(figure.varies, "") if figure else ""
        span = f"{allowed.low:,g} to {allowed.high:,g}" if allowed else "text"
        rows.append((name + varies, allowed.unit if allowed else "", span, about))
    return pd.DataFrame(rows, columns=["column", "unit", "range", "meaning"])


def site_columns() -> dict[str, str]:
    """Columns of a site file and what each means, in the order of the template."""
    figures = {name: figure.about for name, figure in FIGURES.items()}
    others = dict.fromkeys(JOINED, "That of the built-in layers by default.")
    return {**_PLACE, **_SITE, **others, **_ATTRIBUTES, **figures}


def demand_columns() -> dict[str, str]:
    """Columns of a file of demand regions and what each means."""
    return {**_PLACE, **_PEOPLE}


def site_template() -> dict[str, pd.DataFrame]:
    """Sheets of a site file: one example, and what each column means."""
    about = site_columns()
    kept = [name for name in about if name not in JOINED or name in ("connection_mw",)]
    row = pd.DataFrame([_EXAMPLE_SITE]).reindex(columns=kept)
    return {"sites": row, "columns": column_table(about)}


def demand_template() -> dict[str, pd.DataFrame]:
    """Sheets of a file of demand regions: one example, and what each column means."""
    about = demand_columns()
    row = pd.DataFrame([_EXAMPLE_REGION]).reindex(columns=list(about))
    return {"demand": row, "columns": column_table(about)}


def connection_template() -> dict[str, pd.DataFrame]:
    """Sheets of a table of connection steps: one example, and what each column means."""
    about = {"site": ("", "text", "Site that the grid offers the step. Needed.")}
    about |= {
        name: (allowed.unit, f"{allowed.low:,g} to {allowed.high:,g}", allowed.why)
        for name, allowed in CONNECTION_COLUMNS.items()
    }
    about["firm"] = ("", "yes or no", "Whether nothing of it may be taken away.")
    row = {"site": "ashburn", "year": 2028, "mw": 100, "cost_usd_per_mw": 150_000, "lead_years": 2,
           "curtailable_hours": 88}  # fmt: skip
    return _sheets("connections", row, about)


def ppa_template() -> dict[str, pd.DataFrame]:
    """Sheets of a table of contracts: one example, and what each column means."""
    about = {name: ("", "", words) for name, words in PPA_COLUMNS.items()}
    row = {"id": "west_texas", "source": "wind", "zone": "US-TEX-ERCO", "mw": 300,
           "price_usd_per_mwh": 38, "start": 2028, "end": 2043, "profile": "built_in",
           "capacity_factor": 0.42, "built": 2027}  # fmt: skip
    return _sheets("ppas", row, about)


def generator_template() -> dict[str, pd.DataFrame]:
    """Sheets of a table of generators: the built-in technologies, and what each column means."""
    fields = described_fields(GeneratorOffer)
    about = {name: ("", "", field.description or "") for name, field in fields.items()}
    columns = [name for name in about if name != "efficiency_by_load"]
    names = [f"own_{kind}" for kind in GENERATORS]
    known = [
        {name: getattr(unit, name) for name in columns if hasattr(unit, name)}
        for unit in GENERATORS.values()
    ]
    rows = pd.DataFrame(known).assign(name=names, kind=list(GENERATORS), max_units=4)
    rows["fuel_price_usd_per_mwh"] = rows["fuel_price_usd_per_mwh"].replace(0.0, None)
    years = [year or None for year in rows["first_year"].tolist()]
    rows["first_year"] = pd.Series(years, dtype=object)
    rows["efficiency"] = rows["efficiency"].round(4)
    rows["clean"] = rows["clean"].map({True: "yes", False: "no"})
    rows["where"] = ["lulea" if kind in ("geothermal", "hydro") else None for kind in GENERATORS]
    sheets = _sheets("generators", {}, about)
    return {**sheets, "generators": rows.reindex(columns=list(about))}


def _sheets(
    name: str, row: dict[str, object], about: dict[str, tuple[str, str, str]]
) -> dict[str, pd.DataFrame]:
    """One example, and the unit, range and meaning of each column."""
    told = [(column, *words) for column, words in about.items()]
    return {
        name: pd.DataFrame([row]).reindex(columns=list(about)),
        "columns": pd.DataFrame(told, columns=["column", "unit", "range", "meaning"]),
    }


def write_template(sheets: dict[str, pd.DataFrame], path: Path) -> None:
    """Write all sheets of one of :data:`TEMPLATES` as a workbook (.xlsx), or the first as .csv."""
    if path.suffix.lower() == ".xlsx":
        write_workbook(sheets, path)
    else:
        write_csv(next(iter(sheets.values())), path)


@dataclass(frozen=True)
class Template:
    """A file to start from, and the key of a study that names it."""

    sheets: Callable[[], dict[str, pd.DataFrame]]
    key: str


TEMPLATES = {
    "sites": Template(site_template, "candidates.file"),
    "demand": Template(demand_template, "demand.regions"),
    "connections": Template(connection_template, "connections.file"),
    "generators": Template(generator_template, "generation.file"),
    "ppas": Template(ppa_template, "supply.ppas"),
}
"""Templates by the name of their option and of the file that they make."""
