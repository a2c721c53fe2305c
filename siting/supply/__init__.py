"""Electricity at a site: grid of its zone, hydropower, wind and solar on the steps of a year.

Here stand the figures that the planner gives in place of the tables, contracts (PPAs, their
profiles and prices), and the hours in which a connection is curtailed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from siting.arrays import FloatArray, IntArray
from siting.catalogue import Catalogue, once_per_catalogue
from siting.catalogue.figures import by_month, given, texts
from siting.catalogue.given_figures import SERIES_OF
from siting.catalogue.hourly import hourly_means
from siting.catalogue.power_files import BASELOAD, BUILT_IN, PROFILED, Ppa, read_ppas
from siting.config import Study
from siting.config.limits import CleanTerms
from siting.errors import DataError, Fault
from siting.nomenclature import YEAR_H
from siting.supply.tables import DAYS_IN_MONTH, monthly_table, price_table

__all__ = [
    "contract_price_usd_per_mwh",
    "counts_as_clean",
    "curtailed_share",
    "fixed_profile",
    "given_by_step",
    "given_or",
    "load_signal",
    "plant_place",
    "scaled_profile",
    "study_ppas",
]


_FILE_OF = {name: file for file, name in SERIES_OF.items()}


def given_by_step(
    sites: pd.DataFrame, name: str, month: IntArray, hour_utc: IntArray
) -> FloatArray:
    """A figure of each site in each step: from its table by the hour, its months, or one number.

    Parameters
    ----------
    sites : DataFrame
        n rows of ``Catalogue.candidates``.
    name : {"price_usd_per_mwh", "grid_carbon_g_per_kwh"}
        The figure.
    month, hour_utc : ndarray of int, shape (T,)
        0 to 12, where a design hour (0) gets the mean of the year; 0 to 23. [-]

    Returns
    -------
    ndarray, shape (n, T)
        NaN where the planner gave none. [USD/MWh] or [g/kWh]
    """
    tables = np.repeat(by_month(sites, name)[:, :, None], 24, axis=2)
    for i, path in enumerate(texts(sites, _FILE_OF[name])):
        if path:
            tables[i] = hourly_means(Path(path), name)
    mean = np.einsum("nmh,m->n", tables, DAYS_IN_MONTH) / (24.0 * DAYS_IN_MONTH.sum())
    steps = tables[:, np.clip(month - 1, 0, 11), hour_utc]
    return np.where(month == 0, mean[:, None], steps)


def given_or(sites: pd.DataFrame, name: str, otherwise: FloatArray) -> FloatArray:
    """A figure of each site: the planner's, or what it would be without it.

    Parameters
    ----------
    sites : DataFrame
        n rows of ``Catalogue.candidates``.
    name : str
        The figure.
    otherwise : ndarray, shape (n,)
        In its unit, such as [USD/MWh].

    Returns
    -------
    ndarray, shape (n,)
        In its unit, such as [USD/MWh].
    """
    own = given(sites, name)
    return np.where(np.isnan(own), otherwise, own)


def scaled_profile(
    profile: FloatArray, factor: FloatArray, month: IntArray, hours: FloatArray
) -> FloatArray:
    """Capacity factors of contracts, scaled to the annual mean that the planner gave, (n, T). [-].

    Flat where there is no profile. Steps that would exceed 1 stay at 1, and the others take up what
    these lose, so that the mean is the one given.

    Parameters
    ----------
    profile : ndarray, shape (n, T)
        Built-in capacity factor of each step, NaN where there is none. [-]
    factor : ndarray, shape (n,)
        Annual capacity factor of the planner's, NaN where there is none. [-]
    month : ndarray of int, shape (T,)
        0 marks a design hour.
    hours : ndarray, shape (T,)
        Hours of each step. [h]
    """
    known = ~np.isnan(profile).any(axis=1, keepdims=True)
    shape = np.where(known, profile, 1.0)
    result = profile.copy()
    for i in np.flatnonzero(~np.isnan(factor)):
        result[i] = _to_mean(shape[i], float(factor[i]), np.where(month == 0, 0.0, hours))
    return result


def _to_mean(shape: FloatArray, mean: float, hours: FloatArray) -> FloatArray:
    """A profile of at most 1 with a given mean, in proportion to a shape as far as it can be."""
    low, high = 0.0, 1e6
    for _ in range(100):
        middle = 0.5 * (low + high)
        reached = float(np.minimum(middle * shape, 1.0) @ hours / hours.sum())
        low, high = (middle, high) if reached < mean else (low, middle)
    return np.minimum(high * shape, 1.0)


#: Sources that emit where they run, or burn what once grew.
_BURNING = ("coal", "gas", "oil", "gas_trigen")
#: Built-in offers: of new plants, at the price of new plants, or of plants that stand.
_NEW = ("wind", "solar", "wind_offshore")


def study_ppas(study: Study, catalogue: Catalogue) -> tuple[Ppa, ...]:
    """Contracts of a study, those that do not run in its year included.

    Parameters
    ----------
    study : Study
        For ``supply.ppas`` and the names of other sources.
    catalogue : Catalogue
        With the planner's own sites.

    Raises
    ------
    siting.errors.DataError
        With all faults of the table.
    """
    if study.supply.ppas is None:
        return ()
    path = Path(study.supply.ppas)
    found = read_ppas(path, catalogue)
    taken = {store.name for store in study.storage}
    faults = [
        Fault(
            path.name, None, f"{ppa.id}, id", "is the name of a storage unit too", "Use another id"
        )
        for ppa in found
        if ppa.id in taken
    ]
    faults += [fault for ppa in found for fault in _unprofiled(ppa, path.name, catalogue)]
    if faults:
        raise DataError(faults)
    return found


def _unprofiled(ppa: Ppa, where: str, catalogue: Catalogue) -> Iterator[Fault]:
    """A built-in profile that the zone of the plant does not have."""
    if ppa.profile != BUILT_IN or ppa.capacity_factor is not None or ppa.source not in PROFILED:
        return
    table = catalogue.candidates
    rows = table[table["grid_zone"] == ppa.zone] if ppa.zone else table.loc[[ppa.site]]
    column = "hydro_zone" if ppa.source == "hydro" else "renewable_zone"
    index = catalogue.hydro_profiles.index
    if ppa.source != "hydro":
        index = catalogue.renewable_profiles.index
        index = index[index.get_level_values("technology") == ppa.source]
    known = rows[column].isin(index.get_level_values("zone"))
    if not known.any():
        place = ppa.zone or ppa.site
        problem = f"is empty, and no {ppa.source} profile of {place} is known"
        remedy = "Give capacity_factor, baseload, or a table by the hour as profile"
        yield Fault(where, None, f"{ppa.id}, profile", problem, remedy)


def plant_place(ppa: Ppa, catalogue: Catalogue, site: str) -> str:
    """Candidate whose profile is that of a plant: the site itself, or one in the plant's zone.

    Parameters
    ----------
    ppa : Ppa
        The contract.
    catalogue : Catalogue
        With the candidates.
    site : str
        Id of the site that the plant delivers to.
    """
    table = catalogue.candidates
    if ppa.stands_in(str(table["grid_zone"][site])):
        return site
    inside = table.index[table["grid_zone"] == ppa.zone]
    return str(inside[0]) if len(inside) else site


def fixed_profile(ppa: Ppa, month: IntArray, hour_utc: IntArray) -> FloatArray | None:
    """Capacity factor of a plant in each step where it hangs on no place; None where it does.

    Parameters
    ----------
    ppa : Ppa
        The contract.
    month, hour_utc : ndarray of int, shape (T,)
        0 to 12, where a design hour (0) gets the lowest of the year; 0 to 23. [-]

    Returns
    -------
    ndarray, shape (T,), or None
        [-]
    """
    if ppa.profile == BASELOAD:
        return np.ones(len(month))
    if ppa.profile == BUILT_IN:
        flat = ppa.source not in PROFILED
        return np.full(len(month), ppa.capacity_factor, dtype=float) if flat else None
    table = hourly_means(Path(ppa.profile), "capacity_factor")
    steps = table[np.clip(month - 1, 0, 11), hour_utc]
    return np.where(month == 0, table.min(), steps)


#: Widest range of a country's cost over the global mean; assumed. [-]
_LEAST, _MOST = 0.5, 2.5


def contract_price_usd_per_mwh(
    catalogue: Catalogue,
    places: pd.DataFrame,
    source: str,
    delivery: float | None = None,
    estimate: str = "best",
) -> FloatArray:
    """Price of all that a contract generates, delivered to the site, shape (n,). [USD/MWh].

    Levelised costs are global means; a country's follows from its capacity factor, since nearly all
    of wind and solar is paid for before the first kilowatt-hour:

        price = global cost · (median capacity factor / capacity factor here) + delivery

    Delivery (network, shaping, balancing) puts a contract on the basis of the grid's price: in each
    zone what the delivered price of the grid is above its wholesale price. Modelled; the costs of
    capital of countries are not in it.

    Parameters
    ----------
    catalogue : Catalogue
        Global costs, capacity factors and grid zones.
    places : DataFrame
        n candidates with ``grid_zone`` and ``renewable_zone``.
    source : str
        Row of ``Catalogue.supply_sources``.
    delivery : float, optional
        Network, shaping and balancing; by default those of the zone. [USD/MWh]
    estimate : {"best", "low", "high"}
        The global cost and an assumed delivery, or an end of their range.
    """
    column = "price_usd_per_mwh" if estimate == "best" else f"price_{estimate}_usd_per_mwh"
    cost = float(catalogue.supply_sources[column][source])
    relative = np.ones(len(places))
    if source in ("wind", "solar"):
        relative = _relative_cost(catalogue, places, source)
    if delivery is not None:
        return cost * relative + delivery
    known, usual = _delivery(catalogue, estimate)
    delivered = [known.get(str(zone), usual) for zone in places["grid_zone"]]
    return np.asarray(cost * relative + np.array(delivered))


@once_per_catalogue
def _delivery(catalogue: Catalogue, estimate: str) -> tuple[dict[str, float], float]:
    """Network, shaping and balancing by grid zone, and their median for the others. [USD/MWh]."""
    known = price_table(catalogue, estimate).get("delivery_usd_per_mwh", pd.Series(dtype=float))
    usual = 0.0 if known.empty else float(known.median())
    return {str(zone): float(usd) for zone, usd in known.items() if np.isfinite(usd)}, usual


def _relative_cost(catalogue: Catalogue, places: pd.DataFrame, technology: str) -> FloatArray:
    """Median capacity factor of all zones over that of each place; one where it is not known."""
    zones = places["renewable_zone"].astype(str).tolist()
    here = _mean_of_year(catalogue, zones, technology)
    usual = _usual_capacity_factor(catalogue, technology)
    ratio = np.divide(usual, here, out=np.ones_like(here), where=here > 0)
    return np.clip(np.where(np.isfinite(ratio), ratio, 1.0), _LEAST, _MOST)


def _mean_of_year(catalogue: Catalogue, zones: list[str], technology: str) -> FloatArray:
    """Capacity factor of each zone over the year, shape (n,). [-]."""
    table = catalogue.renewable_profiles
    by_month = monthly_table(table, zones, "capacity_factor", technology)
    return np.asarray(by_month @ (DAYS_IN_MONTH / DAYS_IN_MONTH.sum()))


@once_per_catalogue
def _usual_capacity_factor(catalogue: Catalogue, technology: str) -> float:
    """Median over all zones. [-]."""
    table = catalogue.renewable_profiles.xs(technology, level="technology")
    names = table.index.get_level_values("zone").unique()
    return float(np.median(_mean_of_year(catalogue, list(names), technology)))


def counts_as_clean(terms: CleanTerms, source: str, ppa: Ppa | None, zone: str) -> bool:
    """Return whether a contract counts under a rule on clean supply.

    Parameters
    ----------
    terms : CleanTerms
        The rule in the year of the study.
    source : str
        Row of ``Catalogue.supply_sources``.
    ppa : Ppa or None
        The planner's contract; None for a built-in offer, whose plant stands near the site.
    zone : str
        Grid zone of the site.
    """
    if source in _BURNING or (terms.sources and source not in terms.sources):
        return False
    if terms.same_zone and ppa is not None and not ppa.stands_in(zone):
        return False
    if terms.built_after is None:
        return True
    if ppa is None:
        return source in _NEW
    return ppa.built is not None and ppa.built > terms.built_after


#: Temperature without heating or cooling, the base of degree days. [°C]
_COMFORT_C = 18.0
#: Load of a degree of heating over that of a degree of cooling, by country; 1 elsewhere, assumed.
#: Derived: 0.28, 0.25, 0.51 and 0.29 in PJM, MISO, ERCOT and Southern Company by the means of 2022
#: by month and hour (docs/validation/curtailment.md); most heat there is of gas.
_HEATING = {"USA": 0.3}
#: Hours of the local day in which people are awake and load is high.
_DAY_HOURS = (7, 22)


def load_signal(
    temp_dry_bulb_c: FloatArray, local_hour: FloatArray, country: Sequence[str]
) -> FloatArray:
    """Signal by which hours are curtailed: load of heating and cooling, day before night. [K].

    Higher is earlier. A model, as hourly load is not available for all zones.

    Parameters
    ----------
    temp_dry_bulb_c : ndarray, shape (S, N)
        [°C]
    local_hour : ndarray, shape (S, N)
        Hour of the day by the sun. [h]
    country : sequence of str, length S
        ISO 3166 alpha-3, for what a degree of heating weighs.
    """
    first, last = _DAY_HOURS
    awake = (local_hour >= first) & (local_hour < last)
    weight = np.array([_HEATING.get(str(name), 1.0) for name in country])[:, None]
    degrees = np.asarray(temp_dry_bulb_c) - _COMFORT_C
    loaded = np.where(degrees < 0, -weight * degrees, degrees)
    return np.asarray(loaded * np.where(awake, 1.0, 0.5))


def curtailed_share(signal: FloatArray, hours: FloatArray, curtailable_h: float) -> FloatArray:
    """Part of each slice in which a step is curtailed: the slices of the highest signal first. [-].

    One where the whole slice is curtailed; at most one slice in part.

    Parameters
    ----------
    signal : ndarray, shape (T,)
        Mean of each slice; equal ones are taken in order. [-]
    hours : ndarray, shape (T,)
        [h]
    curtailable_h : float
        Hours of a year of 8,760. [h]
    """
    left = curtailable_h * float(hours.sum()) / YEAR_H
    order = np.argsort(-signal, kind="stable")
    ends = np.cumsum(hours[order])
    share = np.zeros(len(hours))
    share[order] = np.clip((left - (ends - hours[order])) / hours[order], 0.0, 1.0)
    return share
