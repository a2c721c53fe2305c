"""Tables of the catalogue as supply reads them: the grid with its mix and carbon, rows by month.

The carbon of most zones is published with the shares of renewable and of carbon-free electricity it
rests on. Where the mix at hand is off either by more than ten points (an area within a large
subregion, a country of another year, much that is imported), its three groups, renewable, nuclear
and fossil, are scaled to those shares; within a group the proportions stay. Water, withdrawal and
the carbon of the fossil plants then follow from the new mix.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.arrays import FloatArray, IndexArray, IntArray
from siting.catalogue import Catalogue, once_per_catalogue
from siting.errors import DataError, Fault
from siting.files import read_folder_table

__all__ = [
    "FUELS",
    "TOLERANCE_POINTS",
    "FloatArray",
    "IntArray",
    "by_zone",
    "carbon_table",
    "grid_table",
    "hourly_carbon_shapes",
    "hydro_zones_of",
    "in_line",
    "measured_carbon_shapes",
    "monthly_table",
    "price_table",
    "rows_of",
]


FUELS = ("coal", "gas", "oil", "nuclear", "hydro", "wind", "solar", "biomass", "geothermal")
_GROUPS = {"fossil": FUELS[:3], "nuclear": FUELS[3:4], "renewable": FUELS[4:]}
#: A mix that is this near the published shares stays as it is. [percentage points]
TOLERANCE_POINTS = 10.0


def in_line(grid: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Zones with a mix that agrees with their published shares.

    Zones that were off have new shares, water, withdrawal and fossil carbon, and ``mix_label``
    modelled. A group that the published shares have and the mix lacks is gas for fossil; for
    renewable it cannot be known, and the zone keeps its mix.

    Parameters
    ----------
    grid : pandas.DataFrame
        Grid zones with shares of generation, renewable_pct and carbon_free_pct.
    sources : pandas.DataFrame
        Index source: carbon and water of each. [g CO2e/kWh], [L/kWh]
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


#: Days of the twelve months of the 365-day year.
DAYS_IN_MONTH: FloatArray = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=float)

_CARBON = "grid_zones_electricitymaps.csv"
_HOURLY = ("grid_carbon_hourly_electricitymaps.csv", "grid_carbon_hourly.csv")
_MODELLED = "grid_carbon_modelled_electricitymaps.csv"


@once_per_catalogue
def grid_table(catalogue: Catalogue) -> pd.DataFrame:
    """Grid zones with the carbon of Electricity Maps, which lies in a file of its own.

    Parameters
    ----------
    catalogue : Catalogue
        The catalogue.

    Returns
    -------
    pandas.DataFrame
        ``catalogue.grid_zones``, each missing cell of the carbon columns filled from
        ``grid_zones_electricitymaps.csv`` if the folder has it (that file alone is under the
        Open Database Licence).
    """
    path = catalogue.folder / _CARBON
    if not path.is_file():
        return catalogue.grid_zones
    carbon = read_folder_table(path).set_index("zone")
    carbon = carbon.drop(columns="name", errors="ignore").rename(columns={"year": "carbon_year"})
    columns = catalogue.grid_zones.columns.union(carbon.columns, sort=False)
    joined = catalogue.grid_zones.combine_first(carbon)[columns]
    return in_line(joined, catalogue.supply_sources)


@once_per_catalogue
def carbon_table(
    catalogue: Catalogue, signal: str = "average", basis: str = "life_cycle"
) -> pd.DataFrame:
    """Grid zones with the carbon that a study counts.

    Parameters
    ----------
    catalogue : Catalogue
    signal : {"average", "marginal"}
        The mean of all that generates, or the combined margin of the country (UNFCCC 2021), which
        has no season.
    basis : {"life_cycle", "direct"}
        With or without what a zone's official factor at the stack leaves out, where it has one.
    """
    grid = grid_table(catalogue)
    if basis == "direct" and "carbon_direct_g_per_kwh" in grid:
        direct = grid["carbon_direct_g_per_kwh"]
        grid["carbon_g_per_kwh"] = direct.fillna(grid["carbon_g_per_kwh"])
    if signal == "marginal":
        margin = grid.get("carbon_marginal_g_per_kwh", pd.Series(np.nan, index=grid.index))
        grid = grid.assign(carbon_g_per_kwh=margin, hydro_share=0.0)
    return grid


#: Delivery where no zone tells it; assumed. [USD/MWh]
_DELIVERY = {"low": 20.0, "high": 75.0}


@once_per_catalogue
def price_table(catalogue: Catalogue, estimate: str = "best") -> pd.DataFrame:
    """Grid zones with prices at the estimate, or at an end of their range.

    Parameters
    ----------
    catalogue : Catalogue
        The catalogue.
    estimate : {"best", "low", "high"}
        A price that was measured, or derived from one, has no range and stays.
    """
    grid = grid_table(catalogue)
    if estimate == "best" or f"price_{estimate}_usd_per_mwh" not in grid:
        return grid
    price = grid[f"price_{estimate}_usd_per_mwh"].fillna(grid["price_usd_per_mwh"])
    assumed = grid["delivery_label"] == "assumed"
    delivery = grid["delivery_usd_per_mwh"].mask(assumed, _DELIVERY[estimate])
    return grid.assign(price_usd_per_mwh=price, delivery_usd_per_mwh=delivery)


def rows_of(index: pd.Index[str], labels: Iterable[str]) -> IndexArray:
    """Row of each label in an index that has none twice, -1 where it is not there.

    For the few labels of a study quicker than an index of them, which `reindex` would make.

    Parameters
    ----------
    index : pandas.Index
        The index.
    labels : iterable of str
        The labels.
    """
    return np.array([index.get_loc(one) if one in index else -1 for one in labels], dtype=np.intp)


def by_zone(grid: pd.DataFrame, zones: Sequence[str], column: str) -> FloatArray:
    """A figure of the grid at each site.

    Parameters
    ----------
    grid : pandas.DataFrame
        Index zone; of :func:`grid_table`, :func:`carbon_table` or :func:`price_table`.
    zones : sequence of str
        Grid zone of each of n sites.
    column : str
        ``price_usd_per_mwh`` (to a large user, network included and taxes not),
        ``withdrawal_l_per_kwh`` (a lower bound: towers everywhere), or the column that
        :data:`siting.supply.hydro.HYDRO_WATER` names for the water consumed.

    Returns
    -------
    numpy.ndarray
        Shape (n,), in the unit of the column. NaN where it is not known.
    """
    values = grid[column].to_numpy(dtype=float)
    return np.append(values, np.nan)[rows_of(grid.index, zones)]


def hydro_zones_of(grid: pd.DataFrame, zones: Sequence[str]) -> list[str]:
    """Hydro zone of each grid zone, NaN where there is none.

    Parameters
    ----------
    grid : pandas.DataFrame
        Index zone; of :func:`grid_table`.
    zones : sequence of str
        The grid zones.
    """
    names = np.append(grid["hydro_zone"].to_numpy(dtype=object), [np.nan])
    return list(names[rows_of(grid.index, zones)])


@once_per_catalogue
def measured_carbon_shapes(catalogue: Catalogue) -> pd.DataFrame:
    """Measured carbon by month and hour (UTC) as a ratio to the annual mean.

    Parameters
    ----------
    catalogue : Catalogue
        With the tables of hourly carbon.

    Returns
    -------
    pandas.DataFrame
        Index (zone, month), columns h00 to h23 [-]. Where two series cover a zone, the one of
        Electricity Maps (four years, life cycle) comes before that of EIA (2022, stack).
    """
    return _shapes(catalogue, _HOURLY)


@once_per_catalogue
def hourly_carbon_shapes(catalogue: Catalogue) -> pd.DataFrame:
    """Carbon by month and hour (UTC) as a ratio to the annual mean, measured or else modelled.

    Parameters
    ----------
    catalogue : Catalogue
        With the tables of hourly carbon.

    Returns
    -------
    pandas.DataFrame
        Index (zone, month), columns h00 to h23 [-]. A zone of
        :func:`measured_carbon_shapes` is that; the others follow the hours of their wind and
        solar.
    """
    return _shapes(catalogue, (*_HOURLY, _MODELLED))


def _shapes(catalogue: Catalogue, names: tuple[str, ...]) -> pd.DataFrame:
    """Join shapes of several files, the first that has a zone."""
    frames = [
        read_folder_table(catalogue.folder / name).set_index(["zone", "month"])
        for name in names
        if (catalogue.folder / name).is_file()
    ]
    if not frames:
        return pd.DataFrame(index=pd.MultiIndex.from_arrays([[], []], names=["zone", "month"]))
    every = pd.concat(frames)
    return every[~every.index.duplicated()].sort_index()


def monthly_table(
    profiles: pd.DataFrame, zones: Sequence[str], column: str, technology: str | None = None
) -> FloatArray:
    """Values of one column by zone and month.

    Parameters
    ----------
    profiles : pandas.DataFrame
        Index (zone, month), months 1 to 12, and technology where one is asked for.
    zones : sequence of str
        Zone of each of n sites, repeats allowed.
    column : str
        Column to read.
    technology : str, optional
        Whose rows count; all of them by default.

    Returns
    -------
    numpy.ndarray
        Shape (n, 12), in the unit of the column. A zone that the table lacks is a row of NaN.
    """
    # By the codes of the index, as to unstack it would take longer than all that is made of it.
    index = profiles.index
    assert isinstance(index, pd.MultiIndex)
    level = index.names.index("zone")
    wide = np.full((len(index.levels[level]) + 1, 13), np.nan)
    month = index.names.index("month")
    months = index.levels[month].to_numpy(dtype=int)[index.codes[month]]
    rows = slice(None) if technology is None else _of_technology(index, technology)
    values = profiles[column].to_numpy(dtype=float)
    wide[index.codes[level][rows], months[rows]] = values[rows]
    by_month = wide[:, 1:]
    gone = np.isnan(by_month)
    holes = np.flatnonzero(gone.any(axis=1) & ~gone.all(axis=1))
    if len(holes):
        remedy = "Give all twelve months of a zone, or none"
        raise DataError(
            Fault("supply profiles", None, f"{zone}.{column}", "some months are missing", remedy)
            for zone in index.levels[level][holes]
        )
    return by_month[rows_of(index.levels[level], zones)]  # -1 is the row of NaN


def _of_technology(index: pd.MultiIndex, technology: str) -> NDArray[np.bool_]:
    """Mask of the rows of a technology."""
    level = index.names.index("technology")
    known = index.levels[level]
    code = known.get_loc(technology) if technology in known else -2
    return np.asarray(index.codes[level] == code)
