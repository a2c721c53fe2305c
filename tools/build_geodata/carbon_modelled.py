"""Modelled shape of grid carbon by month and hour (UTC) where hours of wind or solar are known.

What wind and solar give above their mean displaces the zone's own fossil plants, as what dams give
does in the season of its hydropower:

    CI[m,t] = CI[m] - d (w (W[m,t] - 1) (CI_fossil - CI_wind) + s (S[m,t] - 1) (CI_fossil - CI_sun))

with w and s their shares of generation and W and S their output over its annual mean. The share d
that arrives in the zone's own carbon, for load, dams and trade follow too, is fitted to the zones
that are measured by the hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue import Catalogue, load_catalogue
from siting.supply.grid import HYDRO_CARBON_G_PER_KWH, seasonal_carbon
from siting.supply.hydro import hydro_season
from siting.supply.tables import grid_table, measured_carbon_shapes
from tools.build_geodata.common import SourceRow, write_csv
from tools.build_geodata.fleet_hours import Fleet, fleets
from tools.build_geodata.supply_inputs import DAYS_IN_MONTH, read_input

__all__ = [
    "ARRIVES",
    "WEIGHTS",
    "Zone",
    "build",
    "fit",
    "measured_shapes",
    "shape_of",
    "zones_with_hours",
]

#: Share of the swing of wind and solar that arrives in a zone's own carbon. [-]
ARRIVES = 0.41
_TABLE = "grid_carbon_modelled_electricitymaps.csv"
#: Hours of each month and hour of the day over those of the year, shape (12, 24). [-]
WEIGHTS = np.repeat(DAYS_IN_MONTH[:, None] / (24.0 * DAYS_IN_MONTH.sum()), 24, axis=1)
_TECHNOLOGIES = {"wind": 11.0, "solar": 48.0}  # life cycle, g/kWh, as in supply_sources.csv


@dataclass(frozen=True)
class Zone:
    """Carbon of a zone and the swing of its wind and solar.

    Parameters
    ----------
    by_month : ndarray, shape (12, 24)
        Carbon with the season of hydropower over the annual mean. [-]
    swing : ndarray, shape (12, 24)
        Displaced by wind and solar above their mean, over the annual mean. [-]
    floor : float
        Carbon of hydropower over the annual mean, which no hour undercuts. [-]
    """

    by_month: FloatArray
    swing: FloatArray
    floor: float


def shape_of(zone: Zone, arrives: float = ARRIVES) -> FloatArray:
    """Carbon by month and hour over the annual mean.

    Parameters
    ----------
    zone : Zone
        From :func:`zones_with_hours`.
    arrives : float
        Share of the swing that arrives. [-]

    Returns
    -------
    ndarray, shape (12, 24)
        [-] Mean one over the days of the year.
    """
    shape = np.maximum(zone.by_month - arrives * zone.swing, min(zone.floor, 1.0))
    return np.asarray(shape / (shape * WEIGHTS).sum())


def zones_with_hours(catalogue: Catalogue, sources: Path) -> dict[str, Zone]:
    """Find the zones whose mix is known and whose wind or solar is known by the hour.

    Parameters
    ----------
    catalogue : Catalogue
        Mixes, carbon and seasons.
    sources : Path
        Folder of the raw sources.
    """
    known, grid = fleets(sources), grid_table(catalogue)
    profiles = {key: _profile(fleet) for key, fleet in known.items()}
    season = hydro_season(catalogue.hydro_profiles, grid["hydro_zone"].tolist())
    found = {}
    for (zone, row), by_month in zip(grid.iterrows(), season, strict=True):
        hours = {t: _mean_of(profiles, _renewable_zones(str(zone), row), t) for t in _TECHNOLOGIES}
        made = _zone(row, by_month, {t: h for t, h in hours.items() if h is not None})
        if made is not None:
            found[str(zone)] = made
    return found


def _zone(row: pd.Series, season: FloatArray, hours: dict[str, FloatArray]) -> Zone | None:
    annual, fossil = row["carbon_g_per_kwh"], row["marginal_fossil_carbon_g_per_kwh"]
    shares = {t: row[f"{t}_share"] for t in hours}
    if not hours or not np.isfinite([annual, fossil, *shares.values()]).all():
        return None
    swing = np.zeros((12, 24))
    for technology, profile in hours.items():
        displaced = fossil - _TECHNOLOGIES[technology]
        swing += shares[technology] * displaced * (profile - 1.0) / annual
    hydro = np.where(np.isfinite(season).all(), season, 1.0)
    share = row["hydro_share"] if np.isfinite(row["hydro_share"]) else 0.0
    level, part, own = (np.array([float(x)]) for x in (annual, share, fossil))
    by_month = seasonal_carbon(level, part, own, hydro[None, :])[0] / annual
    return Zone(np.repeat(by_month[:, None], 24, 1), swing, HYDRO_CARBON_G_PER_KWH / annual)


def _renewable_zones(zone: str, row: pd.Series) -> list[str]:
    """Zones of the fleets that feed a grid zone: states of an American area, else its own."""
    areas = read_input("us_zones").set_index("zone")["states"]
    if zone in areas.index:
        return [f"US-{state}" for state in str(areas[zone]).split()]
    return [zone, str(row["country"])]


def _mean_of(
    profiles: dict[tuple[str, str], FloatArray], zones: list[str], technology: str
) -> FloatArray | None:
    parts = [profiles[z, technology] for z in zones if (z, technology) in profiles]
    american = len(zones) != 2 or zones[0].startswith("US-")
    return None if not parts else np.mean(parts, axis=0) if american else parts[0]


def _profile(fleet: Fleet) -> FloatArray:
    """Output by month and UTC hour over its annual mean, shape (12, 24)."""
    index = pd.DatetimeIndex(fleet.hours.index)
    table = fleet.hours.groupby([index.month, index.hour]).mean().unstack().to_numpy(float)
    return np.asarray(table / (table * WEIGHTS).sum())


def fit(modelled: dict[str, Zone], measured: dict[str, FloatArray]) -> float:
    """Share of the swing that arrives, by least squares over zones measured by the hour.

    Parameters
    ----------
    modelled : dict of str to Zone
        Zones of the fit.
    measured : dict of str to ndarray, shape (12, 24)
        Their measured shapes. [-]
    """
    up, down = 0.0, 0.0
    for name, zone in modelled.items():
        left = zone.by_month - measured[name]
        up += float((WEIGHTS * zone.swing * left).sum())
        down += float((WEIGHTS * zone.swing**2).sum())
    return up / down


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write ``grid_carbon_modelled_electricitymaps.csv``: zone, month, h00 to h23."""
    catalogue = load_catalogue(out)
    measured = set(measured_carbon_shapes(catalogue).index.get_level_values("zone"))
    found = zones_with_hours(catalogue, sources)
    table = pd.concat(_rows(z, shape_of(found[z])) for z in sorted(set(found) - measured))
    write_csv(table, out / _TABLE, decimals=3)
    return [
        SourceRow(_TABLE, "*", "mix and carbon of grid_zones with the hours of wind and solar of "
                  "day_types.csv", "ODbL 1.0 (level of Electricity Maps)", "see the parts",
                  "ratio to the annual mean", f"{ARRIVES:g} of what wind and solar displace above "
                  "their mean, fitted to the zones that are measured by the hour; season of "
                  "hydropower as elsewhere", "modelled"),
    ]  # fmt: skip


def _rows(zone: str, shape: FloatArray) -> pd.DataFrame:
    frame = pd.DataFrame(shape, columns=[f"h{hour:02d}" for hour in range(24)])
    frame.insert(0, "month", range(1, 13))
    frame.insert(0, "zone", zone)
    return frame


def measured_shapes(catalogue: Catalogue) -> Iterator[tuple[str, FloatArray]]:
    """Zones measured by the hour, shape (12, 24) each."""
    table = measured_carbon_shapes(catalogue)
    for zone in table.index.get_level_values("zone").unique():
        yield str(zone), table.loc[zone].to_numpy(dtype=float)
