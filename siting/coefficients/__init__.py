"""The waist of `siting`: everything the optimizer may know, as labelled read-only arrays."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import pairwise

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.coefficients.dispatch_options import Operation
from siting.coefficients.halls import PriceSteps, Scale, Vintages, price_steps
from siting.coefficients.structure import Structure

__all__ = ["AXES", "Coefficients", "Limits", "members"]


_GROUPS = (
    ("t", "hours"),
    ("p", "pair_site pair_design pue_peak block_mw max_modules spare_share"),
    ("p", "fixed_carbon_t_per_mw fixed_cost_usd_per_mw om_usd_per_mw"),
    ("pt", "pue wue_l_per_kwh withdrawal_l_per_kwh"),
    ("pt", "generated_kwh_per_kwh fuel_kwh_per_kwh"),
    ("st", "grid_carbon_t_per_mwh grid_price_usd_per_mwh"),
    ("s", "grid_water_l_per_kwh grid_withdrawal_l_per_kwh"),
    ("s", "scarcity_site scarcity_grid connection_mw open_cost_usd open_carbon_t_co2e"),
    ("s", "water_price_usd_per_m3 electricity_tax_usd_per_mwh"),
    ("o", "offer_site offer_limit_mw offer_water_l_per_kwh"),
    ("o", "offer_withdrawal_l_per_kwh offer_price_usd_per_mwh"),
    ("ot", "capacity_factor offer_carbon_t_per_mwh"),
    ("wd", "demand_mw"),
    ("w", "capacity_per_load it_carbon_t_per_mw"),
    ("ds", "rtt_ms flow_cost_usd_per_mw"),
    ("wds", "eligible"),
)
#: Index sets of each array of `Coefficients`, by the letters of its docstring.
AXES = {name: axes for axes, names in _GROUPS for name in names.split()}


def members(group: IndexArray, count: int) -> list[IndexArray]:
    """Indices of the entries of each group, in rising order, by one sort."""
    order = np.argsort(group, kind="stable")
    edges = np.searchsorted(group[order], np.arange(count + 1))
    return [order[i:j] for i, j in pairwise(edges)]


@dataclass(frozen=True)
class Limits:
    """The planner's limits, all optional; None and the empty tuple mean no limit.

    Parameters
    ----------
    max_share_per_site : float or None
        Largest share of all IT load that one site may serve. [-]
    pue_max, wue_max_l_per_kwh : float or None
        Ceilings on the annual means of every open site. [-], [L/kWh]
    budgets : tuple of (str, float)
        Metric and the most of it that may be used in a year, in the unit of ``METRICS``.
    max_mw_per_site, min_mw_per_site : float or None
        Installed IT power of an open site. [MW]
    max_sites, min_sites : int or None
        Number of open sites.
    max_ramp_mw_per_hour : float or None
        Change of the load of one site from one hour to the next. [MW/h]
    open_sites : tuple of str
        Sites forced open.
    closed_sites : tuple of str
        Sites forced closed.
    site_water_m3, site_withdrawal_m3 : float or None
        On-site water of one site in a year. [m3]
    design_mw : tuple of (float or None, float or None)
        Smallest and largest installed IT power of each design where it is built, in the order of
        ``Coefficients.designs``; empty for none. The largest is in ``max_modules`` already. [MW]
    land_mw : tuple of (str, float)
        Largest installed IT power of single sites. [MW]
    """

    max_share_per_site: float | None = None
    pue_max: float | None = None
    wue_max_l_per_kwh: float | None = None
    budgets: tuple[tuple[str, float], ...] = ()
    max_mw_per_site: float | None = None
    min_mw_per_site: float | None = None
    max_sites: int | None = None
    min_sites: int | None = None
    max_ramp_mw_per_hour: float | None = None
    open_sites: tuple[str, ...] = ()
    closed_sites: tuple[str, ...] = ()
    site_water_m3: float | None = None
    site_withdrawal_m3: float | None = None
    design_mw: tuple[tuple[float | None, float | None], ...] = ()
    land_mw: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Coefficients:
    """Sets and numbers of one siting problem.

    The index sets are sites ``s`` (S), feasible (site, design) pairs ``p`` (P), demand regions
    ``d`` (D), workloads ``w`` (W), contract offers ``o`` (O, one a site and source) and time
    slices ``t`` (T). Arrays are finite, read-only and aligned with the labels; a wrong shape or
    a NaN raises at construction, so that no hole can reach the optimizer.

    Parameters
    ----------
    sites, designs, demand, workloads : tuple of str
        Labels of S, of the designs in use, of D and of W.
    hours : ndarray, shape (T,)
        Hours of the year that each slice stands for. [h]
    pair_site, pair_design : ndarray of int, shape (P,)
        Site and design of each pair.
    pue : ndarray, shape (P, T)
        Facility power over IT power, mean of the slice. [-]
    pue_peak : ndarray, shape (P,)
        Largest PUE over all hours, the design hours included. [-]
    wue_l_per_kwh, withdrawal_l_per_kwh : ndarray, shape (P, T)
        On-site water consumed and withdrawn per IT energy. [L/kWh]
    generated_kwh_per_kwh, fuel_kwh_per_kwh : ndarray, shape (P, T)
        Electricity made on site, and the gas burnt for it, per IT energy. [kWh/kWh]
    fuel_carbon_t_per_mwh, fuel_price_usd_per_mwh : float
        Carbon and price of that gas. [t CO2e/MWh], [USD/MWh]
    block_mw : ndarray, shape (P,)
        IT power of one module (hall or pod string). [MW]
    max_modules : ndarray of int, shape (P,)
        Most modules that the site can take.
    fixed_carbon_t_per_mw : ndarray, shape (P,)
        Embodied carbon of building and plant, leaking refrigerant, and vessels for sealed pods a
        year per installed MW. [t CO2e/MW]
    it_carbon_t_per_mw : ndarray, shape (W,)
        Embodied carbon of the IT equipment a year per MW of servers of each workload. [t CO2e/MW]
    spare_share : ndarray, shape (P,)
        Servers that a pair has beyond those that work; their hardware is the mean of all. [-]
    fixed_cost_usd_per_mw : ndarray, shape (P,)
        Annualised capital cost per installed MW. [USD/MW]
        This and the fixed carbon are those of halls at factors of one; see ``vintages``.
    om_usd_per_mw : ndarray, shape (P,)
        Operation and maintenance a year per installed MW, without energy and water; with what
        retrieving sealed pods costs. [USD/MW]
    open_cost_usd, open_carbon_t_co2e : ndarray, shape (S,)
        Opening and holding a site for a year, whatever is built there, and the embodied carbon of
        that. [USD], [t CO2e]
    grid_carbon_t_per_mwh, grid_price_usd_per_mwh : ndarray, shape (S, T)
        Carbon and price of grid energy. [t CO2e/MWh], [USD/MWh]
    grid_water_l_per_kwh, grid_withdrawal_l_per_kwh : ndarray, shape (S,)
        Water in grid energy. [L/kWh]
    water_price_usd_per_m3, electricity_tax_usd_per_mwh : ndarray, shape (S,)
        Price of the water consumed on site, and tax on all energy of grid and contracts that is
        used. [USD/m3], [USD/MWh]
    carbon_price_usd_per_t : float
        Price of carbon. [USD/t CO2e]
    scarcity_site, scarcity_grid : ndarray, shape (S,)
        AWARE factor at the site and of its electricity. [m3 world-eq/m3]
    connection_mw : ndarray, shape (S,)
        Largest facility power of the site. [MW]
    offer_site : ndarray of int, shape (O,)
        Site of each contract offer.
    offer_source : tuple of str
        Source of each offer: hydro, wind, solar, ...
    offer_limit_mw : ndarray, shape (O,)
        Most that can be contracted. [MW]
    capacity_factor : ndarray, shape (O, T)
        Output per contracted MW. [-]
    offer_carbon_t_per_mwh : ndarray, shape (O, T)
        Carbon of contracted energy: of its plant, or of the grid. [t CO2e/MWh]
    offer_water_l_per_kwh, offer_withdrawal_l_per_kwh, offer_price_usd_per_mwh : ndarray, shape (O,)
        Factors of contracted energy; the price is paid for all that the contract generates.
    max_contract_share : float
        Most energy that a site's contracts generate in a year, to its IT energy. [-]
    demand_mw : ndarray, shape (W, D)
        IT load to be served. [MW]
    capacity_per_load : ndarray, shape (W,)
        Installed IT power per IT load of each workload, 1 / utilization. [-]
    rtt_ms : ndarray, shape (D, S)
        Round trip between demand and site. [ms]
    eligible : ndarray of bool, shape (W, D, S)
        Pairs that meet the workload's limits.
    flow_cost_usd_per_mw : ndarray, shape (D, S)
        Yearly cost of carrying one MW of load between demand and site. [USD/MW]
    limits : Limits
        The planner's limits.
    operation : Operation
        Storage, flexible load and other dispatch options; none by default.
    structure : Structure
        Outages, shared limits, caps and ceilings of laws; none by default.
    scopes : tuple of str
        Parts of the carbon, of ``SCOPES``, that limits or the objective read.
    vintages : Vintages or None
        Factors on cost and embodied carbon by the period in which halls are built; None where all
        are one.
    scale : Scale or None
        Price of halls by how many stand at a site; None where each costs the same.
    """

    sites: tuple[str, ...]
    designs: tuple[str, ...]
    demand: tuple[str, ...]
    workloads: tuple[str, ...]
    hours: FloatArray
    pair_site: IndexArray
    pair_design: IndexArray
    pue: FloatArray
    pue_peak: FloatArray
    wue_l_per_kwh: FloatArray
    withdrawal_l_per_kwh: FloatArray
    generated_kwh_per_kwh: FloatArray
    fuel_kwh_per_kwh: FloatArray
    fuel_carbon_t_per_mwh: float
    fuel_price_usd_per_mwh: float
    block_mw: FloatArray
    max_modules: IndexArray
    fixed_carbon_t_per_mw: FloatArray
    it_carbon_t_per_mw: FloatArray
    spare_share: FloatArray
    fixed_cost_usd_per_mw: FloatArray
    om_usd_per_mw: FloatArray
    open_cost_usd: FloatArray
    open_carbon_t_co2e: FloatArray
    grid_carbon_t_per_mwh: FloatArray
    grid_price_usd_per_mwh: FloatArray
    grid_water_l_per_kwh: FloatArray
    grid_withdrawal_l_per_kwh: FloatArray
    water_price_usd_per_m3: FloatArray
    electricity_tax_usd_per_mwh: FloatArray
    carbon_price_usd_per_t: float
    scarcity_site: FloatArray
    scarcity_grid: FloatArray
    connection_mw: FloatArray
    offer_site: IndexArray
    offer_source: tuple[str, ...]
    offer_limit_mw: FloatArray
    capacity_factor: FloatArray
    offer_carbon_t_per_mwh: FloatArray
    offer_water_l_per_kwh: FloatArray
    offer_withdrawal_l_per_kwh: FloatArray
    offer_price_usd_per_mwh: FloatArray
    max_contract_share: float
    demand_mw: FloatArray
    capacity_per_load: FloatArray
    rtt_ms: FloatArray
    eligible: BoolArray
    flow_cost_usd_per_mw: FloatArray
    limits: Limits = field(default_factory=Limits)
    operation: Operation = field(default_factory=Operation)
    structure: Structure = field(default_factory=Structure)
    scopes: tuple[str, ...] = ()
    vintages: Vintages | None = None
    scale: Scale | None = None

    def __post_init__(self) -> None:
        for name, shape in self._shapes().items():
            array = np.array(getattr(self, name))
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise ValueError(f"{name} holds a value that is not finite")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        self.structure.check(
            workloads=len(self.workloads),
            demand=len(self.demand),
            sites=len(self.sites),
            pairs=len(self.pair_site),
        )
        if self.vintages is not None:
            self.vintages.check(len(self.pair_site), self.max_modules)

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape that each array must have."""
        size = {
            "s": len(self.sites), "d": len(self.demand), "w": len(self.workloads),
            "t": len(self.hours), "p": len(self.pair_site), "o": len(self.offer_source),
        }  # fmt: skip
        return {name: tuple(size[axis] for axis in axes) for name, axes in AXES.items()}

    @property
    def pue_annual(self) -> FloatArray:
        """Annual mean PUE at constant IT load, shape (P,) [-]."""
        return self.pue @ self.hours / self.hours.sum()

    @property
    def wue_annual_l_per_kwh(self) -> FloatArray:
        """Annual mean WUE at constant IT load, shape (P,) [L/kWh]."""
        return self.wue_l_per_kwh @ self.hours / self.hours.sum()

    @cached_property
    def spare_carbon_t_per_mw(self) -> float:
        """Embodied carbon of servers that serve no workload in particular [t CO2e/MW]."""
        return self._mean_it_carbon(np.ones(len(self.workloads)))

    @cached_property
    def extra_carbon_t_per_mw(self) -> float:
        """Embodied carbon of servers for load that moves or varies, mean of that [t CO2e/MW]."""
        flexible, profile = self.operation.flexible, self.operation.profile
        if flexible is None:
            return 0.0
        chosen = flexible.share > 0
        return self._mean_it_carbon(chosen if profile is None else chosen | profile.varies)

    @cached_property
    def needed_per_load(self) -> FloatArray:
        """Most installed IT power that a MW of mean load of each workload needs, shape (W,) [-]."""
        profile = self.operation.profile
        if profile is None:
            return self.capacity_per_load
        peak = profile.largest.max(axis=(1, 2), initial=0.0)
        return np.where(profile.varies, np.maximum(peak, self.capacity_per_load),
                        self.capacity_per_load)  # fmt: skip

    def _mean_it_carbon(self, chosen: FloatArray | BoolArray) -> float:
        servers = self.demand_mw.sum(axis=1) * self.capacity_per_load * chosen
        total = servers.sum()
        return float(servers @ self.it_carbon_t_per_mw / total) if total > 0 else 0.0

    @cached_property
    def total_demand_mw(self) -> float:
        """IT load of all workloads and regions [MW]."""
        return float(self.demand_mw.sum())

    @cached_property
    def min_modules(self) -> IndexArray:
        """Least modules of each pair where it is built, shape (P,)."""
        least = np.array(
            [low or 0.0 for low, _ in self.limits.design_mw] or [0.0] * len(self.designs)
        )
        modules = np.ceil(least[self.pair_design] / self.block_mw - 1e-9)
        return np.maximum(modules, 1.0).astype(np.intp)

    @cached_property
    def price_steps(self) -> PriceSteps | None:
        """Steps of the price of halls; None where each costs the same."""
        if self.scale is None:
            return None
        return price_steps(self.scale, self.block_mw, self.max_modules)

    def steps_of(self, modules: FloatArray) -> FloatArray:
        """Indicator of the price step that the modules of each pair end in, shape (N,)."""
        steps = self.price_steps
        if steps is None:
            return np.zeros(0)
        built = modules[steps.pair]
        inside = (steps.least <= built) & (built <= steps.most)
        # A number of modules that two steps share costs the same in both: the first.
        begins = np.append(True, steps.pair[1:] != steps.pair[:-1])
        chosen: FloatArray = (inside & (begins | ~np.append(False, inside[:-1]))).astype(float)
        return chosen

    @property
    def opening_is_limited(self) -> bool:
        """Return whether a limit speaks of how many sites are open, or of how small they may be."""
        limits = self.limits
        few = limits.max_sites is not None or bool(limits.min_mw_per_site)
        return few or bool((self.min_modules > 1).any())

    @cached_property
    def pairs_of_site(self) -> list[IndexArray]:
        """Pairs of each site, looked up at once for all of them."""
        return members(self.pair_site, len(self.sites))

    @cached_property
    def offers_of_site(self) -> list[IndexArray]:
        """Contract offers of each site."""
        return members(self.offer_site, len(self.sites))

    def arrays(self) -> dict[str, object]:
        """Every field by name, for hashing and for tests."""
        return {f.name: getattr(self, f.name) for f in fields(self)}
