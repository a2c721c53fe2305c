"""Prints the error of hourly matching with typical days, as docs/validation/hours.md shows it.

    python -m tools.validate_hours --sources FOLDER

A steady load contracts onshore wind and solar of a country for 90 % of its energy, in halves. The
share that is matched hour by hour is taken from the measured hours (Open Power System Data, a whole
year) and from what the tables know of them: months and hours of solar, and wind by the month alone
or in five levels of days.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.paths import geodata_dir
from siting.supply.renewables import WIND_LEVELS

__all__ = ["matched", "rows"]

#: Countries whose measured wind and solar are whole in a year, and that year.
PLACES = {
    "AT": 2016, "BG": 2016, "CZ": 2016, "DE": 2016, "DK": 2016, "ES": 2016, "FR": 2016, "GB": 2016,
    "GR": 2016, "LT": 2016, "NL": 2016, "PT": 2016, "RO": 2016,
}  # fmt: skip
_ENERGY = 0.9


def matched(wind: FloatArray, solar: FloatArray) -> float:
    """Share of a steady load that half wind, half solar of 90 % of its energy serve at the time."""
    made = 0.5 * _ENERGY * (wind / wind.mean() + solar / solar.mean())
    return float(np.minimum(made, 1.0).mean())


def _typical(wind: FloatArray, solar: FloatArray, month: FloatArray, spread: float | None) -> float:
    """The same of months, hours and day types: what a study of day groups sees."""
    levels = 1.0 if spread is None else 1.0 + spread * (np.array(WIND_LEVELS) - 1.0)
    level = np.atleast_1d(levels)
    hour = np.arange(len(wind)) % 24
    frame = pd.DataFrame({"month": month, "hour": hour, "wind": wind, "solar": solar})
    by_month = frame.groupby("month")["wind"].mean() / wind.mean()
    table = frame.groupby(["month", "hour"])["solar"].mean() / solar.mean()
    count = frame.groupby(["month", "hour"]).size()
    mean = by_month.reindex(table.index.get_level_values("month")).to_numpy()
    blown = mean[:, None] * level[None, :] / level.mean()
    made = 0.5 * _ENERGY * (blown + table.to_numpy()[:, None])
    return float(np.average(np.minimum(made, 1.0).mean(axis=1), weights=count))


def rows(sources: Path) -> list[tuple[str, float, float, float]]:
    """Country, share by the chronology, by months, and by typical days."""
    spread = pd.read_csv(geodata_dir() / "wind_days.csv").set_index("zone")["spread"]
    codes = pd.read_csv(geodata_dir() / "countries.csv", keep_default_na=False)
    iso3 = codes.set_index("iso2")["country"]
    path = sources / "hourly_supply" / "europe_actual_wind_solar_mw_2015_2017_opsd.npz"
    with np.load(path) as raw:
        mw, names = raw["mw"].astype(float), [str(name) for name in raw["series"]]
    times = pd.date_range("2015-01-01", periods=len(mw), freq="h")
    found = []
    for country, year in PLACES.items():
        keys = (f"{country}_wind_onshore", f"{country}_solar")
        if not set(keys) <= set(names):
            continue
        here = times.year == year
        wind, solar = (mw[here, names.index(key)] for key in keys)
        if np.isnan(wind).mean() > 0.02 or np.isnan(solar).mean() > 0.02:
            continue
        wind, solar = (pd.Series(x).interpolate(limit_direction="both").to_numpy()
                       for x in (wind, solar))  # fmt: skip
        month = times[here].month.to_numpy()
        known = float(spread.get(iso3[country], 1.0))
        found.append(
            (country, matched(wind, solar), _typical(wind, solar, month, None),
             _typical(wind, solar, month, known))
        )  # fmt: skip
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sources", type=Path, required=True)
    found = rows(parser.parse_args().sources)
    print("| country | chronology | months alone | off | typical days | off |")
    print("|---|---|---|---|---|---|")
    for country, true, months, days in found:
        print(f"| {country} | {true:.1%} | {months:.1%} | {100 * (months - true):+.1f} | "
              f"{days:.1%} | {100 * (days - true):+.1f} |")  # fmt: skip
    off = np.array([[months - true, days - true] for _, true, months, days in found])
    print("mean absolute error, points:", np.abs(100 * off).mean(axis=0).round(1))


if __name__ == "__main__":
    main()
