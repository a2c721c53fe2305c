"""Steps of a connection and own generators that may be built at sites, in whole units."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray

__all__ = ["Power"]


def _none() -> FloatArray:
    return np.zeros(0)


def _grouped(site: IndexArray) -> dict[int, IndexArray]:
    """Positions of each site, looked up at once for all of them."""
    if not len(site):
        return {}
    order = np.argsort(site, kind="stable")
    sites, first = np.unique(site[order], return_index=True)
    return dict(zip(map(int, sites), np.split(order, first[1:]), strict=True))


@dataclass(frozen=True)
class Power:
    """Options to power a site (J): steps of its connection, and generators.

    Parameters
    ----------
    site : ndarray of int, shape (J,)
        Site of each.
    name : tuple of str
        Name of the step or of the technology.
    unit_mw : ndarray, shape (J,)
        Power of one unit. [MW]
    most : ndarray of int, shape (J,)
        Most units in the period of the state; 0 where it is not there yet.
    connects : ndarray of bool, shape (J,)
        Whether it is a step of the connection; otherwise it generates.
    firm : ndarray, shape (J,)
        Part of a unit that counts at the peak of the halls. [-]
    output : ndarray, shape (J, T)
        Most power of a unit in a slice over its size: what a generator gives, what may be imported
        over a step. [-]
    least : ndarray, shape (J,)
        Part of ``output`` that cannot be turned off. [-]
    cost_usd, carbon_t_co2e : ndarray, shape (J,)
        Of one unit a year: annuity and upkeep, embodied carbon. [USD], [t CO2e]
    price_usd_per_mwh, carbon_t_per_mwh : ndarray, shape (J,)
        Fuel and upkeep of generated energy, and its emissions. [USD/MWh], [t CO2e/MWh]
    water_l_per_kwh, withdrawal_l_per_kwh : ndarray, shape (J,)
        Water of generated energy, drawn at the site. [L/kWh]
    clean : ndarray of bool, shape (J,)
        Whether rules on clean supply count generated energy as clean.
    one_out : bool
        Whether the peak must be met with any one unit of the firm generators out.
    reserve_h : ndarray, shape (S,)
        Hours of the peak that the stores of a site hold at least; empty for none. [h]
    """

    site: IndexArray
    name: tuple[str, ...]
    unit_mw: FloatArray
    most: IndexArray
    connects: BoolArray
    firm: FloatArray
    output: FloatArray
    least: FloatArray
    cost_usd: FloatArray
    carbon_t_co2e: FloatArray
    price_usd_per_mwh: FloatArray
    carbon_t_per_mwh: FloatArray
    water_l_per_kwh: FloatArray
    withdrawal_l_per_kwh: FloatArray
    clean: BoolArray
    one_out: bool = False
    reserve_h: FloatArray = field(default_factory=_none)

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            if not isinstance(value, np.ndarray):
                continue
            if f.name != "reserve_h" and len(value) != len(self.name):
                raise ValueError(f"{f.name} has length {len(value)}, expected {len(self.name)}")
            if value.dtype.kind == "f" and not np.isfinite(value).all():
                raise ValueError(f"{f.name} holds a value that is not finite")
            array = value.copy()
            array.setflags(write=False)
            object.__setattr__(self, f.name, array)

    @cached_property
    def generators(self) -> IndexArray:
        """Indices of the generators among J, G of them."""
        return np.flatnonzero(~self.connects)

    @cached_property
    def spared(self) -> IndexArray:
        """Indices of the generators of which one unit may be out, N of them."""
        firm = ~self.connects & (self.firm > 0)
        return np.flatnonzero(firm & self.one_out)

    @property
    def curtailed(self) -> BoolArray:
        """Steps over which less may be imported in some slices, shape (J,)."""
        return self.connects & (self.output < 1.0).any(axis=1)

    @property
    def dispatched(self) -> BoolArray:
        """Options that join the slices of their site: generators, and curtailable steps."""
        return ~self.connects | self.curtailed

    @property
    def uses_water(self) -> bool:
        """Return whether generated energy takes water at its site."""
        return bool(self.water_l_per_kwh.any() or self.withdrawal_l_per_kwh.any())

    def at(self, s: int) -> IndexArray:
        """Options of a site, indices of the J."""
        return self._of_site.get(int(s), np.zeros(0, dtype=np.intp))

    def generators_at(self, s: int) -> IndexArray:
        """Generators of a site, as positions among ``generators``."""
        return self._generators_of_site.get(int(s), np.zeros(0, dtype=np.intp))

    @cached_property
    def _of_site(self) -> dict[int, IndexArray]:
        return _grouped(self.site)

    @cached_property
    def _generators_of_site(self) -> dict[int, IndexArray]:
        return _grouped(self.site[self.generators])

    def of_site(self, s: int) -> Power | None:
        """Return the same for one site, which becomes site 0; None where it has no option."""
        own = self.at(s)
        if not len(own):
            return None
        kept: dict[str, Any] = {
            f.name: getattr(self, f.name)[own]
            for f in fields(self)
            if f.name not in ("name", "one_out", "reserve_h")
        }
        kept["site"] = 0 * own
        return replace(self, **kept, name=tuple(self.name[j] for j in own), reserve_h=_none())

    def firm_mw(self, units: FloatArray, sites: int) -> FloatArray:
        """Power that units add to what the halls of each site may draw at their peak, shape (S,).

        Parameters
        ----------
        units : ndarray, shape (J,)
            Units built.
        sites : int
            Number of sites.

        Returns
        -------
        ndarray, shape (S,)
            [MW] With the largest firm generator out where the study asks for it.
        """
        total = np.bincount(self.site, self.firm * self.unit_mw * units, sites)
        lost = np.zeros(sites)
        built = self.spared[units[self.spared] > 0.5]
        np.maximum.at(lost, self.site[built], (self.firm * self.unit_mw)[built])
        return np.asarray(total - lost)
