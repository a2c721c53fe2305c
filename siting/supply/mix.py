"""Generation mix of a zone, put in line with the shares that belong to its carbon.

The carbon of most zones is published with the shares of renewable and of carbon-free electricity it
rests on. Where the mix at hand is off either by more than ten points (an area within a large
subregion, a country of another year, much that is imported), its three groups, renewable, nuclear
and fossil, are scaled to those shares; within a group the proportions stay. Water, withdrawal and
the carbon of the fossil plants then follow from the new mix.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["FUELS", "TOLERANCE_POINTS", "in_line"]

FUELS = ("coal", "gas", "oil", "nuclear", "hydro", "wind", "solar", "biomass", "geothermal")
_GROUPS = {"fossil": FUELS[:3], "nuclear": FUELS[3:4], "renewable": FUELS[4:]}
#: A mix that is this near the published shares stays as it is. [percentage points]
TOLERANCE_POINTS = 10.0


def in_line(grid: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Zones with a mix that agrees with their published shares.

    Parameters
    ----------
    grid : pandas.DataFrame
        Grid zones with shares of generation, renewable_pct and carbon_free_pct.
    sources : pandas.DataFrame
        Index source: carbon and water of each. [g CO2e/kWh], [L/kWh]

    Returns
    -------
    pandas.DataFrame
        The same; zones that were off have new shares, water, withdrawal and fossil carbon, and
        ``mix_label`` modelled. A group that the published shares have and the mix lacks is gas
        for fossil; for renewable it cannot be known, and the zone keeps its mix.
    """
    columns = [f"{fuel}_share" for fuel in FUELS]
    wanted = {"renewable_pct", "carbon_free_pct", *columns}
    if not wanted <= set(grid.columns) or not set(FUELS) <= set(sources.index):
        return grid
    shares = grid[columns].to_numpy(dtype=float)
    target = _published(grid)
    off = _off(shares, target)
    off &= (_group(shares, "renewable") > 0) | (target["renewable"] <= 0)
    if not off.any():
        return grid
    changed = grid.copy()
    new = _scaled(shares, target)[off]
    changed.loc[off, columns] = new
    for name, values in _derived(new, grid[off], sources.loc[list(FUELS)]).items():
        if name in grid:
            changed.loc[off, name] = values
    changed.loc[off, "mix_label"] = "modelled"
    note = "; groups scaled to the shares of Electricity Maps"
    changed.loc[off, "mix_source"] = grid.loc[off, "mix_source"].astype(str) + note
    return changed


def _published(grid: pd.DataFrame) -> dict[str, np.ndarray]:
    renewable = grid["renewable_pct"].to_numpy(dtype=float) / 100.0
    free = np.maximum(grid["carbon_free_pct"].to_numpy(dtype=float) / 100.0, renewable)
    return {"renewable": renewable, "nuclear": free - renewable, "fossil": 1.0 - free}


def _group(shares: np.ndarray, name: str) -> np.ndarray:
    return np.asarray(shares[:, [FUELS.index(fuel) for fuel in _GROUPS[name]]].sum(axis=1))


def _off(shares: np.ndarray, target: dict[str, np.ndarray]) -> np.ndarray:
    renewable = np.abs(_group(shares, "renewable") - target["renewable"])
    fossil = np.abs(_group(shares, "fossil") - target["fossil"])
    known = np.isfinite(renewable) & np.isfinite(fossil)
    return np.asarray(known & (100.0 * np.fmax(renewable, fossil) > TOLERANCE_POINTS))


def _scaled(shares: np.ndarray, target: dict[str, np.ndarray]) -> np.ndarray:
    new = shares.copy()
    for name, fuels in _GROUPS.items():
        place = [FUELS.index(fuel) for fuel in fuels]
        total = _group(shares, name)
        with np.errstate(invalid="ignore", divide="ignore"):
            new[:, place] = shares[:, place] * (target[name] / total)[:, None]
        single = FUELS.index("gas" if name == "fossil" else fuels[0])
        empty = total <= 0
        new[empty] = np.where(np.isin(np.arange(len(FUELS)), place), 0.0, new[empty])
        new[empty, single] = target[name][empty]
    return new


def _derived(shares: np.ndarray, grid: pd.DataFrame, facts: pd.DataFrame) -> dict[str, np.ndarray]:
    """Columns of the grid that follow from its mix."""
    fossil = shares[:, :3].sum(axis=1)
    carbon = facts["carbon_g_per_kwh"].to_numpy(dtype=float)
    burnt = shares[:, :3] @ carbon[:3]
    gas = carbon[FUELS.index("gas")]
    dry = shares @ facts["water_zero_hydro_l_per_kwh"].to_numpy(dtype=float)
    hydro = shares[:, FUELS.index("hydro")]
    country = dry + hydro * grid["hydro_water_l_per_kwh"].to_numpy(dtype=float)
    # A whole country keeps the water that was published for it.
    published = ~grid.index.str.contains("-") & grid["water_wri_l_per_kwh"].notna()
    return {
        "fossil_share": fossil,
        "water_l_per_kwh": shares @ facts["water_l_per_kwh"].to_numpy(dtype=float),
        "water_zero_hydro_l_per_kwh": dry,
        "water_country_l_per_kwh": np.where(
            published, grid["water_wri_l_per_kwh"].to_numpy(dtype=float), country
        ),
        "withdrawal_l_per_kwh": shares @ facts["withdrawal_l_per_kwh"].to_numpy(dtype=float),
        "marginal_fossil_carbon_g_per_kwh": np.divide(
            burnt, fossil, out=np.full_like(burnt, gas), where=fossil >= 0.01
        ),
    }
