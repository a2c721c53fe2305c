"""How far calm and windy days of a country's fleet lie from the mean of their month."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from siting.supply.renewables import WIND_LEVELS
from tools.build_geodata.common import SourceRow, write_csv
from tools.build_geodata.places import iso2_of_iso3

__all__ = ["build"]

_TABLE = "wind_days.csv"
_FLEETS = "Open Power System Data 2015-17 and REatlas 2015, thirds of days"


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write the spread of each country: the highest less the lowest third of days, to that here."""
    table = pd.read_csv(sources / "hourly_supply" / "daytype_ratios_by_zone_month.csv")
    table = table[table["tech"] == "wind_onshore"]
    # Measured series come first where a country has both.
    table = table.assign(model=table["source"].str.contains("reatlas"))
    spread = (table["high_third"] - table["low_third"]).rename("spread")
    by = table.assign(spread=spread).groupby(["zone", "model"])["spread"].mean().reset_index()
    by = by.sort_values(["zone", "model"]).drop_duplicates("zone")
    iso3 = {two: three for three, two in iso2_of_iso3(sources).items()}
    by["zone"] = by["zone"].map(iso3)
    by = by.dropna(subset=["zone"])
    rows = pd.DataFrame(
        {
            "zone": by["zone"],
            "spread": (by["spread"] / _own_spread()).round(3),
            "label": by["model"].map({True: "modelled", False: "measured"}),
            "source": _FLEETS,
        }
    )
    write_csv(rows.sort_values("zone"), out / _TABLE, 3)
    return [
        SourceRow(_TABLE, "spread", _FLEETS, "CC BY 4.0, attribution", "2015-2017", "-",
                  "mean over the months of the highest less the lowest third of days, over that of "
                  "the five levels of siting.supply; a fleet of a country, one park is about 1.3 "
                  "times as variable", "measured|modelled"),
    ]  # fmt: skip


def _own_spread() -> float:
    """Highest less lowest third of the five levels, each a fifth of the days."""
    low, _, *rest = sorted(WIND_LEVELS)
    second, top, fourth = sorted(WIND_LEVELS)[1], rest[-1], rest[-2]
    third = 1.0 / 3.0
    lowest = (0.2 * low + (third - 0.2) * second) / third
    highest = (0.2 * top + (third - 0.2) * fourth) / third
    return float(highest - lowest)
