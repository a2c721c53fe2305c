"""Cost of halls by economies of scale at a site and by the period of building (vintages)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import accumulate

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.config import Study
from siting.config.study import StudyState
from siting.physics import DESIGNS

__all__ = ["PriceSteps", "Scale", "Vintages", "buildable_designs", "price_steps", "vintages_of"]


@dataclass(frozen=True)
class Scale:
    """Economies of scale: factor on the capital cost of each further MW of a design at a site.

    Parameters
    ----------
    from_mw : ndarray, shape (K,)
        Installed IT power from which each factor holds, the first zero, rising. [MW]
    factor : ndarray, shape (K,)
        Above zero; of the MW between this one and the next. [-]
    """

    from_mw: FloatArray
    factor: FloatArray

    def __post_init__(self) -> None:
        rises = (np.diff(self.from_mw) > 0).all()
        if not (len(self.from_mw) == len(self.factor) > 0 and self.from_mw[0] == 0 and rises):
            raise ValueError("the steps of a scale start at zero and rise")
        if not (np.isfinite(self.factor).all() and (self.factor > 0).all()):
            raise ValueError("the factors of a scale are finite and above zero")


@dataclass(frozen=True)
class PriceSteps:
    """Steps that the halls of a pair may end in, of the pairs that have more than one (N steps).

    The price of ``modules`` halls, counted in halls at a factor of one, is
    ``fixed[n] + slope[n] · modules`` for the step n with ``least[n] ≤ modules ≤ most[n]``.

    Parameters
    ----------
    pair : ndarray of int, shape (N,)
    least, most : ndarray, shape (N,)
        Whole numbers. [modules]
    fixed, slope : ndarray, shape (N,)
        [modules], [-]
    single : ndarray, shape (P,)
        Factor of the first step, which is the price of pairs that have no other. [-]
    """

    pair: IndexArray
    least: FloatArray
    most: FloatArray
    fixed: FloatArray
    slope: FloatArray
    single: FloatArray


def price_steps(scale: Scale, block_mw: FloatArray, max_modules: IndexArray) -> PriceSteps:
    """Steps of every pair, in whole modules of its own, of ``block_mw`` each. [MW]."""
    fall = np.append(0.0, scale.factor[:-1] - scale.factor[1:])
    rows = []
    for p, (block, most) in enumerate(zip(block_mw, max_modules, strict=True)):
        start = scale.from_mw / block
        least = np.maximum(np.ceil(start - 1e-9), 1.0)
        end = np.append(np.floor(start[1:] + 1e-9), float(most))
        last = np.minimum(end, float(most))
        inside = np.flatnonzero(least <= last)
        held = np.cumsum(fall * start)
        if len(inside) > 1 or (len(inside) and inside[0] > 0):
            rows += [(p, least[k], last[k], held[k], scale.factor[k]) for k in inside]
    pair, low, high, fixed, slope = np.array(rows, dtype=float).reshape(-1, 5).T
    single = np.full(len(block_mw), scale.factor[0])
    return PriceSteps(pair.astype(np.intp), low, high, fixed, slope, single)


@dataclass(frozen=True)
class Vintages:
    """Factors of the halls of each pair by the period v in which they were built.

    V counts the periods up to the one of the state, which is the last row.

    Parameters
    ----------
    cost : ndarray, shape (V, P)
        Capital cost, to ``fixed_cost_usd_per_mw`` of the state. [-]
    carbon : ndarray, shape (V, P)
        Embodied carbon of building and plant, to ``embodied_t_per_mw``. [-]
    available : ndarray of bool, shape (V, P)
        Whether modules may be added in the period.
    embodied_t_per_mw : ndarray, shape (P,)
        Part of ``fixed_carbon_t_per_mw`` that is embodied in building and plant; the rest is
        leaking refrigerant. [t CO2e/MW]
    """

    cost: FloatArray
    carbon: FloatArray
    available: BoolArray
    embodied_t_per_mw: FloatArray

    @cached_property
    def older_cost(self) -> IndexArray:
        """Pairs whose halls may differ in cost by the period in which they were built."""
        return _changed(self.cost)

    @cached_property
    def older_carbon(self) -> IndexArray:
        """Pairs whose halls may differ in embodied carbon by the period they were built in."""
        return _changed(self.carbon)

    @cached_property
    def ever_available(self) -> BoolArray:
        """Return whether modules of a pair may stand in the period of the state, shape (P,)."""
        return np.asarray(self.available.any(axis=0))

    def before(self) -> Vintages:
        """Factors of the period before."""
        return replace(
            self, cost=self.cost[:-1], carbon=self.carbon[:-1], available=self.available[:-1]
        )

    def of_pairs(self, kept: BoolArray) -> Vintages:
        """Factors of a selection of the pairs."""
        return Vintages(**{f.name: getattr(self, f.name)[..., kept] for f in fields(self)})

    def check(self, pairs: int, max_modules: IndexArray) -> None:
        """Shapes that fit the problem, factors above zero, and no room for what cannot stand.

        Raises `ValueError` naming what does not hold.
        """
        shape = (len(self.cost), pairs)
        for name in ("cost", "carbon", "available"):
            values = getattr(self, name)
            if values.shape != shape or not len(values):
                raise ValueError(f"vintages.{name} has shape {values.shape}, expected {shape}")
            if not (np.isfinite(values) & (values >= 0)).all():
                raise ValueError(f"vintages.{name} holds a value that is not finite or negative")
        if self.embodied_t_per_mw.shape != (pairs,):
            raise ValueError(f"vintages.embodied_t_per_mw has shape {self.embodied_t_per_mw.shape}")
        if not np.isfinite(self.embodied_t_per_mw).all():
            raise ValueError("vintages.embodied_t_per_mw holds a value that is not finite")
        if (max_modules > 0)[~self.ever_available].any():
            raise ValueError("max_modules has room for pairs that could never be built")
        for f in fields(self):
            getattr(self, f.name).setflags(write=False)

    def same_factors(self, other: Vintages) -> bool:
        """Return whether every period has the same factors in both."""
        names = ("cost", "carbon", "available")
        return all(np.array_equal(getattr(self, n), getattr(other, n)) for n in names)

    def follows(self, before: Vintages | None) -> bool:
        """Test whether the earlier periods are those of the state before; None means all one."""
        mine = self.before()
        if before is None:
            factors = (mine.cost, mine.carbon, mine.available)
            return all(bool((values == 1.0).all()) for values in factors)
        return mine.same_factors(before)


def _changed(factors: FloatArray) -> IndexArray:
    """Columns in which some row differs from the next."""
    return np.flatnonzero((factors[:-1] != factors[1:]).any(axis=0))


def _of_periods(labels: Sequence[StudyState]) -> list[Study]:
    """The study of each period, under its first scenario."""
    return [label.study for label in labels if label.scenario == 0]


def buildable_designs(labels: Sequence[StudyState]) -> BoolArray:
    """Halls of a design that may stand in a period, shape (Y, K): available then or before."""
    now = [
        np.array([study.technology.available(name) for name in study.designs])
        for study in _of_periods(labels)
    ]
    return np.array(list(accumulate(now, np.logical_or)))


def vintages_of(labels: Sequence[StudyState], pair_design: IndexArray) -> list[Vintages | None]:
    """Factors of every pair over the periods so far, for each period; None where all are one.

    ``labels`` are every state of a study, ``pair_design`` indexes its ``designs``.
    """
    studies = _of_periods(labels)
    names = studies[0].designs
    by_design = np.array([[[t.capex(n), t.embodied(n), t.available(n)] for n in names]
                          for t in (study.technology for study in studies)])  # fmt: skip
    table = by_design[:, pair_design, :]
    # 1 kg/kW is 1 t/MW.
    embodied = np.array([DESIGNS[name].embodied_kg_per_kw_yr for name in names])[pair_design]
    return [
        None
        if (table[: y + 1] == 1.0).all()
        else Vintages(
            cost=table[: y + 1, :, 0].copy(),
            carbon=table[: y + 1, :, 1].copy(),
            available=table[: y + 1, :, 2] > 0.5,
            embodied_t_per_mw=embodied,
        )
        for y in range(len(studies))
    ]
