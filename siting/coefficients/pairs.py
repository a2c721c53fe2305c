"""Feasible (site, design) pairs and their use of energy and water, by the physics or as given."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.arrays import FloatArray, IndexArray
from siting.catalogue import Weather
from siting.catalogue.figures import given_by_design
from siting.coefficients.slices import TimeSlices
from siting.config import Halls
from siting.physics import DESIGNS, Facility, facility_all
from siting.physics.designs import permitted

__all__ = ["Pairs", "evaluate_pairs", "of_pairs", "with_given"]


#: Sites whose weather is evaluated at once; keeps memory flat with the number of candidates.
CHUNK = 100
#: Fields of `Pairs`.
COLUMNS = 10


@dataclass(frozen=True)
class Pairs:
    """Feasible pairs (P) and their physics.

    Parameters
    ----------
    site, design : ndarray of int, shape (P,)
        Index into the sites and the designs asked for.
    pue, wue_l_per_kwh, withdrawal_l_per_kwh : ndarray, shape (P, T)
        Means of the time slices. [-], [L/kWh]
    pue_peak : ndarray, shape (P,)
        Largest PUE over all steps, design hours included. [-]
    free_cooling_hours : ndarray, shape (P,)
        Hours of the year without mechanical cooling. [h]
    heat_to_water : ndarray, shape (P,)
        Largest heat rejected into a lake or the sea per IT power. [kW/kW]
    generated_kwh_per_kwh, fuel_kwh_per_kwh : ndarray, shape (P, T)
        Electricity made on site and gas burnt for it. [kWh/kWh]
    """

    site: IndexArray
    design: IndexArray
    pue: FloatArray
    wue_l_per_kwh: FloatArray
    withdrawal_l_per_kwh: FloatArray
    pue_peak: FloatArray
    free_cooling_hours: FloatArray
    heat_to_water: FloatArray
    generated_kwh_per_kwh: FloatArray
    fuel_kwh_per_kwh: FloatArray

    def select(self, kept: NDArray[np.bool_]) -> Pairs:
        """Some of the pairs."""
        return Pairs(**{f.name: getattr(self, f.name)[kept] for f in fields(self)})


def evaluate_pairs(
    designs: tuple[str, ...],
    weather: Weather,
    temp_water_c: FloatArray,
    intake_distance_km: FloatArray,
    water_kind: tuple[str, ...],
    slices: TimeSlices,
    *,
    halls: Halls | None = None,
    load: FloatArray | None = None,
) -> Pairs:
    """Evaluate every design at every site that can have it.

    Parameters
    ----------
    designs : tuple of str
        Names from ``siting.physics.DESIGNS``.
    weather : Weather
        Steps at S sites.
    temp_water_c : ndarray, shape (S, N)
        Water at intake depth, NaN where there is none. [°C]
    intake_distance_km : ndarray, shape (S,)
        Intake pipe, NaN where there is none. [km]
    water_kind : tuple of str
        ``"lake"``, ``"sea"`` or ``""`` of each site.
    slices : TimeSlices
        How steps group into slices.
    halls : Halls, optional
        How the halls are run; by the defaults of a study otherwise.
    load : ndarray, shape (N,), optional
        IT power over the rating of the halls in each step; that of the halls otherwise. [-]
    """
    run = halls or Halls()
    parts: list[tuple[FloatArray, ...]] = []
    for start in range(0, len(weather.place), CHUNK):
        rows = slice(start, start + CHUNK)
        parts.append(
            _chunk(
                designs,
                weather,
                temp_water_c,
                intake_distance_km,
                water_kind,
                slices,
                rows,
                run,
                load,
            )
        )
    columns = [np.concatenate([part[i] for part in parts]) for i in range(COLUMNS)]
    order = np.lexsort((columns[1], columns[0]))
    site, design, *rest = (column[order] for column in columns)
    return Pairs(site.astype(np.intp), design.astype(np.intp), *rest)


def _chunk(
    designs: tuple[str, ...],
    weather: Weather,
    temp_water_c: FloatArray,
    intake_distance_km: FloatArray,
    water_kind: tuple[str, ...],
    slices: TimeSlices,
    rows: slice,
    halls: Halls,
    load: FloatArray | None,
) -> tuple[FloatArray, ...]:
    """All designs at some sites, reduced to slices."""
    variants = {name: permitted(DESIGNS[name], halls.discharge_limit_c) for name in designs}
    results: dict[str, Facility] = facility_all(
        variants.values(),
        temp_dry_bulb_c=weather.temp_dry_bulb_c[rows],
        temp_dew_point_c=weather.temp_dew_point_c[rows],
        pressure_pa=weather.pressure_pa[rows],
        temp_water_c=temp_water_c[rows],
        intake_distance_km=np.nan_to_num(intake_distance_km[rows], nan=1.0)[:, None],
        **halls.inputs | ({} if load is None else {"load": load}),
    )
    kinds = water_kind[rows]
    steps = weather.temp_dry_bulb_c[rows].shape
    out: list[list[FloatArray]] = [[] for _ in range(COLUMNS)]
    for k, name in enumerate(designs):
        needs = variants[name].needs
        here = np.array([not needs or kind in needs for kind in kinds], dtype=bool)
        here &= np.isfinite(temp_water_c[rows]).all(axis=1) | (not needs)
        here &= variants[name].keeps_discharge(temp_water_c[rows]).all(axis=1)
        sites = np.flatnonzero(here)
        full = {f: np.broadcast_to(getattr(results[name], f), steps)[sites] for f in _FIELDS}
        columns = (
            sites + rows.start,
            np.full(len(sites), k),
            slices.mean(full["pue"]),
            slices.mean(full["wue_l_per_kwh"]),
            slices.mean(full["withdrawal_l_per_kwh"]),
            full["pue"].max(axis=1, initial=0.0),
            (full["mechanical_share"] < 1e-9) @ weather.hours,
            full["heat_rejected_to_water"].max(axis=1, initial=0.0),
            slices.mean(full["generated_kwh_per_kwh"]),
            slices.mean(full["fuel_kwh_per_kwh"]),
        )
        for column, values in zip(out, columns, strict=True):
            column.append(values)
    return tuple(np.concatenate(column) for column in out)


_FIELDS = (
    "pue",
    "wue_l_per_kwh",
    "withdrawal_l_per_kwh",
    "mechanical_share",
    "heat_rejected_to_water",
    "generated_kwh_per_kwh",
    "fuel_kwh_per_kwh",
)


def of_pairs(pairs: Pairs, sites: pd.DataFrame, designs: tuple[str, ...], name: str) -> FloatArray:
    """A figure of each pair: that of its design or of all designs at the site.

    Parameters
    ----------
    pairs : Pairs
        The P pairs.
    sites : DataFrame
        The S candidates.
    designs : tuple of str
        Names of the designs.
    name : str
        Figure that may vary by design.

    Returns
    -------
    ndarray, shape (P,)
        In the unit of the figure, NaN where the planner gave none.
    """
    by_design = np.stack([given_by_design(sites, name, design) for design in designs])
    return np.asarray(by_design[pairs.design, pairs.site])


def with_given(pairs: Pairs, sites: pd.DataFrame, designs: tuple[str, ...]) -> Pairs:
    """The pairs with the efficiencies that the planner gives, the same in every slice.

    A PUE that is given is also the peak, unless the planner gives that too. Water that is consumed
    has been withdrawn.
    """
    pue, peak, wue = (
        of_pairs(pairs, sites, designs, name) for name in ("pue", "pue_peak", "wue_l_per_kwh")
    )
    fixed = ~np.isnan(pue)
    return replace(
        pairs,
        pue=np.where(fixed[:, None], pue[:, None], pairs.pue),
        pue_peak=np.where(fixed, np.fmax(pue, peak), pairs.pue_peak),
        wue_l_per_kwh=np.where(np.isnan(wue)[:, None], pairs.wue_l_per_kwh, wue[:, None]),
        withdrawal_l_per_kwh=np.fmax(pairs.withdrawal_l_per_kwh, wue[:, None]),
    )
