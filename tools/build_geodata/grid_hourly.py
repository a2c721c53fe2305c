"""Measured shape of grid carbon by month and hour (UTC), as a ratio to the annual mean."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from tools.build_geodata.common import SourceRow, write_csv
from tools.build_geodata.supply_inputs import DAYS_IN_MONTH

__all__ = ["build", "shape"]

_EM = "Electricity Maps hourly carbon intensity, as in sustain-cluster"
_EIA = "US EIA-930 hourly generation, average carbon computed by HPE dc-rl"
#: Series that are estimates from end to end.
_ESTIMATED = {"IN-WE", "JP-TK"}
_RENAMED = {"DE-LU": "DE", "CL-SIC": "CL-SEN", "BR-SP": "BR-CS"}
#: WAAT is left out: it repeats Bonneville (BPAT).
_AREAS = {
    "AZPS": "US-SW-AZPS", "BPAT": "US-NW-BPAT", "CA": "US-CAL-CISO", "ERCO": "US-TEX-ERCO",
    "GA": "US-SE-SOCO", "IL": "US-MIDW-MISO", "NYIS": "US-NY-NYIS", "PJM": "US-MIDA-PJM",
}  # fmt: skip


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write the two files, one for each licence."""
    names = ("grid_carbon_hourly_electricitymaps.csv", "grid_carbon_hourly.csv")
    for name, series in zip(names, (_electricity_maps(sources), _eia(sources)), strict=True):
        table = pd.concat([shape(zone, values) for zone, values in series])
        write_csv(table.sort_values(["zone", "month"]), out / name, decimals=4)
    return [
        SourceRow(names[0], "*", _EM, "ODbL 1.0", "2021-2024", "ratio to the annual mean",
                  "life cycle, mean of the years by month and UTC hour", "measured"),
        SourceRow(names[1], "*", _EIA, "US public domain, MIT", "2022", "ratio to the annual mean",
                  "stack emissions, mean by month and UTC hour", "measured"),
    ]  # fmt: skip


def shape(zone: str, series: pd.Series) -> pd.DataFrame:
    """Twelve rows (month) by 24 columns (hour), with a mean of one over the 365-day year."""
    index = pd.DatetimeIndex(series.index)
    table = series.groupby([index.month, index.hour]).mean().unstack().to_numpy(float, copy=True)
    table /= np.average(table.mean(axis=1), weights=DAYS_IN_MONTH)
    frame = pd.DataFrame(table, columns=[f"h{hour:02d}" for hour in range(24)])
    frame.insert(0, "zone", zone)
    frame.insert(1, "month", range(1, 13))
    return frame


def _electricity_maps(sources: Path) -> Iterator[tuple[str, pd.Series]]:
    path = sources / "carbon" / "electricitymaps_hourly_16zones" / "hourly_2021_2024.npz"
    with np.load(path) as raw:
        zones = sorted({key.rsplit("_", 2)[0] for key in raw.files} - _ESTIMATED)
        for zone in zones:
            years = [key for key in raw.files if key.startswith(f"{zone}_") and "_lca" in key]
            parts = [_dated(raw[key], int(key.rsplit("_", 2)[1])) for key in sorted(years)]
            yield _RENAMED.get(zone, zone), pd.concat(parts)


def _dated(values: np.ndarray, year: int) -> pd.Series:
    start = pd.Timestamp(year, 1, 1)
    return pd.Series(values.astype(float), pd.date_range(start, periods=len(values), freq="h"))


def _eia(sources: Path) -> Iterator[tuple[str, pd.Series]]:
    for name, zone in _AREAS.items():
        path = sources / "carbon" / "us_ba_hourly_eia" / f"{name}_NG_and_avgCI.csv.gz"
        table = pd.read_csv(path, index_col=0)
        index = pd.to_datetime(table.index, utc=True)
        yield zone, pd.Series(table["avg_CI"].to_numpy(float), index)
