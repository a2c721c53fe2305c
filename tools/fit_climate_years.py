"""Derive how far hot and dry years lie from typical ones (``siting.catalogue.weather_steps``).

    python -m tools.fit_climate_years --sources FOLDER

FOLDER holds the raw climate data: hours of 16 cities in 2020-24 (Open-Meteo archive, CC BY 4.0) and
daily means of Luleå (SMHI, CC BY 4.0). Prints the coefficients and the error that each city shows
when the others predict it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue.climate import dew_point_of_vapour, vapour_pressure
from siting.physics.psychrometrics import wet_bulb

__all__ = ["cities", "lulea_spread_k", "main"]

YEARS = range(2020, 2025)
#: Normal years of the comparison with Luleå, their trend removed.
LULEA_YEARS = slice(1991, 2022)
LULEA_LAT = 65.5


def cities(climate: Path) -> pd.DataFrame:
    """One row a city and year: lat, annual means of dry bulb and log humidity, annual maxima."""
    folder = climate / "openmeteo_16cities_2020_2024"
    index = pd.read_csv(folder / "index.csv").drop_duplicates("zone").set_index("zone")
    rows = []
    with np.load(folder / "openmeteo_hourly.npz") as arrays:
        for zone, place in index.iterrows():
            for year in YEARS:
                dry = arrays[f"{zone}_{year}_t_x10"] / 10.0
                share = np.clip(arrays[f"{zone}_{year}_rh"].astype(float), 1.0, 100.0) / 100.0
                dew = dew_point_of_vapour(share * vapour_pressure(dry))
                wet = np.asarray(wet_bulb(dry, np.minimum(dew, dry), 101_325.0))
                rows.append(
                    {
                        "zone": str(zone),
                        "lat": float(str(place["lat"])),
                        "dry": dry.mean(),
                        "log_rh": np.log(share).mean(),
                        "dry_max": dry.max(),
                        "wet_max": wet.max(),
                    }
                )
    return pd.DataFrame(rows)


def lulea_spread_k(climate: Path) -> float:
    """Standard deviation of the annual means of Luleå about their trend [K]."""
    path = next((climate / "smhi_lulea_daily").glob("*.csv"))
    daily = pd.read_csv(path)
    annual = daily.groupby("year")["t_mean_C"].mean().loc[LULEA_YEARS]
    trend = np.polyval(np.polyfit(annual.index, annual, 1), annual.index)
    return float((annual - trend).std(ddof=2))


def _pooled(table: pd.DataFrame, column: str) -> float:
    """Standard deviation within a city, over all cities."""
    off = table[column] - table.groupby("zone")[column].transform("mean")
    return float(np.sqrt((off**2).sum() / (len(table) - table["zone"].nunique())))


def _line(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    slope, level = np.polyfit(x, y, 1)
    return float(level), float(slope)


def main() -> None:
    """Print coefficients and errors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sources", type=Path, required=True)
    climate = parser.parse_args().sources / "climate"
    table = cities(climate)
    spread = table.groupby("zone").agg(lat=("lat", "first"), sd=("dry", "std"))
    lat = np.append(spread["lat"].abs().to_numpy(), LULEA_LAT)
    sd = np.append(spread["sd"].to_numpy(), lulea_spread_k(climate))
    level, slope = _line(lat, sd)
    print(f"annual mean: {level:.3f} K + {slope:.5f} K/° |lat|; Luleå {sd[-1]:.2f} K")
    blind = []
    for i in range(len(lat)):
        rest = np.arange(len(lat)) != i
        a, b = _line(lat[rest], sd[rest])
        blind.append(a + b * lat[i] - sd[i])
    print(f"left out one by one: rms {np.sqrt(np.mean(np.square(blind))):.2f} K")
    off = {c: table[c] - table.groupby("zone")[c].transform("mean") for c in ("dry", "log_rh")}
    humid = float((off["dry"] * off["log_rh"]).sum() / (off["dry"] ** 2).sum())
    rest_rh = off["log_rh"] - humid * off["dry"]
    free = len(table) - table["zone"].nunique() - 1
    print(f"log humidity: {humid:.4f} per K, correlation {off['dry'].corr(off['log_rh']):.2f}")
    print(f"log humidity left over: {np.sqrt((rest_rh**2).sum() / free):.4f}")
    for column in ("dry", "dry_max", "wet_max"):
        print(f"pooled {column}: {_pooled(table, column):.2f} K")


if __name__ == "__main__":
    main()
