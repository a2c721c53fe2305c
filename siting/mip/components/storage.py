"""Stores of electricity: power, energy, and the level from block to block and from day to day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from siting.arrays import BoolArray, FloatArray
from siting.coefficients import Coefficients
from siting.coefficients.dispatch_options import Calendar, Storage
from siting.mip.components import LEAST_MW, SLACK, Built, Component, Group, Load
from siting.mip.model import Rows, Terms, total

if TYPE_CHECKING:
    from siting.mip.model import Variables
    from siting.mip.model.build import ModelState
    from siting.mip.model.demand_classes import DemandClasses
    from siting.mip.solution import Decisions

__all__ = [
    "Stores",
    "add_storage_level",
    "add_storage_power",
    "add_storage_reserve",
    "add_storage_sites",
]


def add_storage_sites(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """A store stands only at a site that is open. Local to a site.

    storage_mw[u]  ≤  max_mw[u] · Σ_k is_open[s,k]        ∀ u at s
    """
    if c.operation.storage is None:
        return
    for u, (s, most) in enumerate(
        zip(c.operation.storage.site, c.operation.storage.max_mw, strict=True)
    ):
        pairs = c.pairs_of_site[s]
        terms = [(v.storage_mw[u], 1.0)] + [(v.is_open[p], -float(most)) for p in pairs]
        rows.add(total(terms) <= 0.0, f"storage_site_{u}")


def add_storage_power(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """A store takes and gives no more than its power. Local to a site.

    charge_mw[u,t] + discharge_mw[u,t]  ≤  storage_mw[u]        ∀ u, t

    A slice may hold both, one after the other within its hours; so their sum is limited.
    """
    for u, built in enumerate(v.storage_mw):
        for t in range(len(c.hours)):
            used = [(v.own[name][u][t], 1.0) for name in ("charge_mw", "discharge_mw")]
            rows.add(total([*used, (built, -1.0)]) <= 0.0, f"storage_power_{u}_{t}")


def add_storage_level(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Energy in a store follows what goes in and out, and never exceeds its size. Local to a site.

    With gain[t] = η_in · charge_mw[t] − discharge_mw[t] / η_out, a block of L hours, and n[r]
    days of kind r (a representative day) one after another:

    level[t+1]  =  level[t] + L · gain[t]        ∀ t within a day
    level[t]  ≤  duration · storage_mw           ∀ t

    A daily store ends each day r as it began; one that carries hands on to the day r' after it:

    level[first r]  =  level[last r] + L · gain[last r]                ∀ r
    level[first r']  =  level[first r] + n[r] · Σ_{t∈r} L · gain[t]    ∀ r
    0  ≤  level[t] + (n[r] − 1) · Σ_{t∈r} L · gain[t]  ≤  duration · storage_mw    ∀ t

    The year is a circle. Between the first and the last of equal days the level moves evenly, so
    the two bound all of them [1]_. Days of a month are taken from cold to warm: the one thing
    that is approximated.

    References
    ----------
    .. [1] Kotzur et al. (2018), Time series aggregation for energy system design: modeling
       seasonal storage, Applied Energy 213, 123-135.
    """
    o = c.operation
    if o.storage is None or o.calendar is None:
        return
    for u in range(len(o.storage.site)):
        _within_days(rows, v, o.storage, o.calendar, u)
        if o.storage.carries[u]:
            _from_day_to_day(rows, v, c, o.storage, o.calendar, u)


def _gain(v: Variables, storage: Storage, u: int, t: int, factor: float) -> Terms:
    """Terms of the energy that slice t adds to a store, times a factor."""
    return [
        (v.own["charge_mw"][u][t], factor * float(storage.charge_efficiency[u])),
        (v.own["discharge_mw"][u][t], -factor / float(storage.discharge_efficiency[u])),
    ]


def _within_days(rows: Rows, v: Variables, storage: Storage, calendar: Calendar, u: int) -> None:
    level, size = v.own["level_mwh"][u], float(storage.duration_h[u])
    for r in range(calendar.days):
        slices = [int(t) for t in calendar.slices(r)]
        for t, after in zip(slices, slices[1:] + slices[:1], strict=True):
            full = total([(level[t], 1.0), (v.storage_mw[u], -size)])
            rows.add(full <= 0.0, f"storage_size_{u}_{t}")
            if after == slices[0] and storage.carries[u]:
                continue
            step = [(level[t], 1.0), (level[after], -1.0)] if after != t else []
            step += _gain(v, storage, u, t, calendar.block_h)
            rows.add(total(step) == 0.0, f"storage_level_{u}_{t}")


def _from_day_to_day(
    rows: Rows, v: Variables, c: Coefficients, storage: Storage, calendar: Calendar, u: int
) -> None:
    level, size = v.own["level_mwh"][u], float(storage.duration_h[u])
    for r in range(calendar.days):
        slices = [int(t) for t in calendar.slices(r)]
        first, after = slices[0], int(calendar.slices((r + 1) % calendar.days)[0])
        all_days = [g for t in slices for g in _gain(v, storage, u, t, float(c.hours[t]))]
        if first != after:
            all_days += [(level[first], 1.0), (level[after], -1.0)]
        rows.add(total(all_days) == 0.0, f"storage_carry_{u}_{r}")
        later = float(c.hours[first]) - calendar.block_h
        if later <= 0:
            continue
        drift = [g for t in slices for g in _gain(v, storage, u, t, later)]
        for t in slices:
            last = [*drift, (level[t], 1.0)]
            rows.add(total(last) >= 0.0, f"storage_last_min_{u}_{t}")
            full = [*last, (v.storage_mw[u], -size)]
            rows.add(total(full) <= 0.0, f"storage_last_max_{u}_{t}")


def add_storage_reserve(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Stores of a site without a connection hold some hours of its peak.

    Σ_u duration_h[u] · storage_mw[u]
        ≥  reserve_h[s] · Σ_k pue_peak[k] · block_mw[k] · modules[s,k]        ∀ s
    """
    power, storage = c.operation.power, c.operation.storage
    if power is None or not power.reserve_h.any():
        return
    for s in np.flatnonzero(power.reserve_h > 0):
        peak = power.reserve_h[s] * c.pue_peak * c.block_mw
        terms = [(v.modules[p], -float(peak[p])) for p in c.pairs_of_site[s]]
        if storage is not None:
            stores = np.flatnonzero(storage.site == s)
            terms += [(v.storage_mw[u], float(storage.duration_h[u])) for u in stores]
        if terms:
            rows.add(total(terms) >= 0.0, f"storage_reserve_{s}")


class Stores(Component):
    """Stores; their size ``storage_mw`` [MW], and the rows of :meth:`groups`, shape (U, T) each."""

    name = "storage"
    build_rows = (add_storage_sites,)
    rows = (add_storage_power, add_storage_level)

    def groups(self, c: Coefficients) -> tuple[Group, ...]:
        """Return what goes in and out, whose difference is lost, and the level."""
        storage = self.data(c)
        site, most = storage.site, storage.max_mw[:, None]
        return (
            Group("charge_mw", site, gives=-1.0, per_mwh={"energy_mwh": 1.0}),
            Group("discharge_mw", site, gives=1.0, per_mwh={"energy_mwh": -1.0}, most=most),
            Group("level_mwh", site),
        )

    def built(self, c: Coefficients) -> tuple[Built, ...]:
        """Return their size, which costs and embodies."""
        storage = self.data(c)
        carbon = storage.carbon_t_per_mw
        per_unit = {"cost_usd": storage.cost_usd_per_mw, "carbon_t_co2e": carbon,
                    "carbon_embodied_t_co2e": carbon}  # fmt: skip
        return (Built("storage_mw", storage.site, per_unit),)

    def columns(self, c: Coefficients, x: Decisions) -> dict[str, FloatArray]:
        """Return power [MW] and yearly cost [USD] of each kind of store."""
        storage = self.data(c)
        found: dict[str, FloatArray] = {}
        for name, own in self._kinds(c):
            size = np.zeros(len(c.sites))
            size[storage.site[own]] = x["storage_mw"][own]
            cost = np.bincount(storage.site[own], storage.cost_usd_per_mw[own], len(c.sites))
            found |= {f"{name}_storage_mw": size, f"{name}_storage_usd": size * cost}
        return found

    def binding(self, c: Coefficients, x: Decisions, load: Load) -> dict[str, BoolArray]:
        """Return where a store is as large as it may be."""
        storage = self.data(c)
        full = x["storage_mw"] >= storage.max_mw * (1 - SLACK)
        return {
            f"storage.{name}.max_mw": np.bincount(storage.site, full & own, len(c.sites)) > 0
            for name, own in self._kinds(c)
        }

    def supply(self, c: Coefficients, x: Decisions) -> Iterator[tuple[int, str, FloatArray]]:
        """Return what each store gives."""
        storage = self.data(c)
        for u in np.flatnonzero(x["storage_mw"] > LEAST_MW):
            yield int(storage.site[u]), storage.name[u], x["discharge_mw"][u]

    def series(self, state: ModelState, x: Decisions) -> Iterator[tuple[int, str, str, FloatArray]]:
        """Return what goes in and out of each store, and its level."""
        c = state.coefficients
        storage = self.data(c)
        for u in np.flatnonzero(x["storage_mw"] > LEAST_MW):
            for group in self.groups(c):
                yield int(storage.site[u]), group.name, storage.name[u], x[group.name][u]

    def _kinds(self, c: Coefficients) -> Iterator[tuple[str, BoolArray]]:
        """Names of stores, and which of the stores have each, shape (U,)."""
        names = self.data(c).name
        yield from ((name, np.array([n == name for n in names])) for name in dict.fromkeys(names))
