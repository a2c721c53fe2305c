"""Wholesale price by month and hour (UTC) over its annual mean, of markets known by the hour."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from tools.build_geodata.common import SourceRow, write_csv
from tools.build_geodata.grid_hourly import shape

__all__ = ["build"]

_TABLE = "grid_price_hourly.csv"
_MARKETS = "wholesale day-ahead prices of 22 zones 2023-2024, as in sustain-cluster"
_ENTSOE = "ENTSO-E day-ahead prices SE1 to SE4 2023-2024"
_AEMO = "AEMO regional reference prices 2025 (via pypsa-ppa-nem)"
_RENAMED = {"DE-LU": "DE", "CL-SIC": "CL-SEN", "BR-SP": "BR-CS"}
#: A tariff of twelve values a year, not a market.
_NO_MARKET = {"ZA"}
_YEARS = (2023, 2024)
#: Zones whose stamps, already in UTC, were carried to UTC once more: as they stand the sun over
#: California would lower the price at night, and New York's evening peak would fall at 22 h.
_TWICE = {
    "US-CAL-CISO": "America/Los_Angeles",
    "US-MIDA-PJM": "America/New_York",
    "US-NY-NYIS": "America/New_York",
}


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write ``grid_price_hourly.csv``: zone, month, h00 to h23."""
    folder = sources / "prices"
    found = dict([*_markets(folder), *_sweden(folder), *_australia(folder)])
    table = pd.concat([shape(zone, series) for zone, series in found.items()])
    write_csv(table.sort_values(["zone", "month"]), out / _TABLE, decimals=3)
    method = "mean by month and UTC hour, over the annual mean; three American clocks put right"
    return [
        SourceRow(_TABLE, "*", _MARKETS, "MIT; terms of the market operators", "2023-2024",
                  "ratio to the annual mean", method, "measured"),
        SourceRow(_TABLE, "*", _ENTSOE, "ENTSO-E reuse, MIT repository", "2023-2024",
                  "ratio to the annual mean", method, "measured"),
        SourceRow(_TABLE, "*", _AEMO, "AEMO, attribution", "2025",
                  "ratio to the annual mean", method, "measured"),
    ]  # fmt: skip


def _dated(values: np.ndarray, year: int, clock: str = "UTC") -> pd.Series:
    """Hours of a year by a clock, as a series in UTC; hours that the clock skips are left out."""
    stamps = pd.date_range(f"{year}-01-01", periods=len(values), freq="h")
    local = stamps.tz_localize(clock, ambiguous=np.zeros(len(stamps), bool), nonexistent="NaT")
    series = pd.Series(values.astype(float), local.tz_convert("UTC"))
    return series[series.index.notna()].dropna()


def _markets(folder: Path) -> Iterator[tuple[str, pd.Series]]:
    with np.load(folder / "wholesale_hourly_22zones_usd_mwh_2023_2024.npz") as raw:
        for zone in sorted({key.rsplit("_", 1)[0] for key in raw.files} - _NO_MARKET):
            parts = [_dated(raw[f"{zone}_{year}"], year) for year in _YEARS]
            series = pd.concat(parts)
            if zone in _TWICE:
                stamps = pd.DatetimeIndex(series.index).tz_convert(_TWICE[zone])
                series.index = stamps.tz_localize(None).tz_localize("UTC")
            yield _RENAMED.get(zone, zone), series


def _sweden(folder: Path) -> Iterator[tuple[str, pd.Series]]:
    with np.load(folder / "nordpool_SE_dayahead_eur_mwh_2016_2024.npz") as raw:
        for k in range(1, 5):
            parts = [_dated(raw[f"SE{k}_{year}"][:8760], year, "Europe/Stockholm")
                     for year in _YEARS]  # fmt: skip
            yield f"SE-SE{k}", pd.concat(parts)


def _australia(folder: Path) -> Iterator[tuple[str, pd.Series]]:
    """Eastern standard time all year."""
    with np.load(folder / "nem_5regions_aud_mwh_hourly_2025.npz") as raw:
        for k, region in enumerate(raw["region"]):
            stamps = pd.date_range("2025-01-01", periods=8760, freq="h") - pd.Timedelta(hours=10)
            zone = f"AU-{str(region).removesuffix('1')}"
            yield zone, pd.Series(raw["price"][:, k].astype(float), stamps)
