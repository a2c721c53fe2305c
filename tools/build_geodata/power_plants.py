"""Spare grid capacity around a candidate: attribute connection_mw."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tools.build_geodata.common import ATTRIBUTES, SourceRow, attribute_rows, write_attributes
from tools.build_geodata.hydro_plants import NEAR_KM, sums_within
from tools.build_geodata.places import read_places
from tools.build_geodata.supply_inputs import read_input

__all__ = ["PLANT_LIST", "build", "read_plants"]

#: Share of the generating capacity around that one new campus may ask for.
_SHARE = 0.05
_FLOOR_MW, _CEILING_MW = 50.0, 1500.0

_NATIONAL_LEAST = 0.7
_COLUMNS = {"capacity_mw": "mw", "latitude": "lat", "longitude": "lon"}

PLANT_LIST = "WRI Global Power Plant Database ingredients (v1.3+, 2022)"
_NOT_RUNNING = "Under|under con|design|Shutdown|Decom|Proposed"
#: Countries that the two lists spell in different ways.
_SPELLING = {"Hong Kong, China": "Hong Kong", "Macedonia, FYR": "Macedonia"}


def read_plants(sources: Path) -> pd.DataFrame:
    """Power plants of the world, each country from one list: country, mw, lat, lon.

    A country's own database comes first unless it has positions for much less than the
    larger of the other two lists, which stand in for it otherwise: no plant counts twice.
    """
    merged = _read(sources / "power_plants" / "gppd_source_databases_merged.csv.gz")
    merged["list"] = (merged["src_db"] == "GEODB").map({True: "world", False: "national"})
    collected = _read(sources / "power_plants" / "gppd_wri_raw_plants.csv.gz")
    collected = collected[~collected["status"].astype(str).str.contains(_NOT_RUNNING)]
    plants = pd.concat([merged, collected.assign(list="collected")], ignore_index=True)
    plants["country"] = plants["country_long"].replace(_SPELLING)
    plants = plants.rename(columns=_COLUMNS)[["country", "list", *_COLUMNS.values()]].dropna()
    total = plants.pivot_table(index="country", columns="list", values="mw", aggfunc="sum")
    total["national"] /= _NATIONAL_LEAST
    best = plants["country"].map(total.idxmax(axis="columns"))
    return plants[plants["list"] == best].reset_index(drop=True)


def _read(path: Path) -> pd.DataFrame:
    plants = pd.read_csv(path, low_memory=False)
    for column in _COLUMNS:
        plants[column] = pd.to_numeric(plants[column], errors="coerce")
    return plants


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write the attribute."""
    places = read_places(sources)
    near = sums_within(places, read_plants(sources), ["mw"], NEAR_KM)
    spare = (_SHARE * near["mw"]).clip(_FLOOR_MW, _CEILING_MW).where(near["count"] > 0)
    campuses = read_input("announced_campuses").set_index("site")
    announced = places["id"].map(campuses["mw"])
    above = announced > spare.fillna(0.0)
    source = places["id"].map(campuses["source"]).where(above, PLANT_LIST)
    granted = spare.round(-1).where(~above, announced)
    rows = attribute_rows(places["id"], "connection_mw", granted, "assumed", source, 0)
    write_attributes(out, rows, ("connection_mw",))
    return _sources(campuses)


def _sources(campuses: pd.DataFrame) -> list[SourceRow]:
    method = (
        f"{_SHARE:.0%} of the generating capacity within {NEAR_KM:g} km, between {_FLOOR_MW:g} and "
        f"{_CEILING_MW:g} MW; missing where no plant is listed. The share is an assumption: data "
        "centers take 4-5 % of the electricity of the United States and 20 % of Ireland's, where "
        "new connections stopped, so one campus of a twentieth of the plants around it is large "
        "but has been granted; the floor is one 110 kV feeder, the ceiling the largest campuses "
        f"announced. Weak: it lies below {len(campuses)} published campuses, by up to 7 times. A "
        "utility's answer replaces it"
    )
    return [
        SourceRow(ATTRIBUTES, "connection_mw", PLANT_LIST, "CC BY 4.0", "about 2013-2021", "MW",
                  method, "assumed"),
        *(
            SourceRow(ATTRIBUTES, "connection_mw", str(row.source), "facts", str(row.year), "MW",
                      "one campus announced there, or what its area is granted, where it is above "
                      "that share", "assumed")
            for row in campuses.itertuples()
        ),
    ]  # fmt: skip
