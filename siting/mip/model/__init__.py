"""The model: its decision variables, its rows, linear expressions, and the IT load in a slice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from pulp import LpAffineExpression, LpProblem, LpVariable, lpSum_vars_coefs

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.mip.model.demand_classes import DemandClasses, flexible_flows
from siting.nomenclature import METRICS

if TYPE_CHECKING:
    from siting.mip.components import Group

__all__ = [
    "Row",
    "Rows",
    "Terms",
    "Variables",
    "add_variables",
    "by_slice",
    "dot",
    "it_load",
    "shared_metric_names",
    "total",
]

Matrix = Callable[..., Any]
Grid = list[list[LpVariable]]


@dataclass(frozen=True)
class Variables:
    """Handles of the decision variables, in the order of the index sets of `Coefficients`.

    Parameters
    ----------
    is_open : list of LpVariable
        Whether the pair is built, P binaries.
    modules : list of LpVariable
        Halls or pods of the pair, P integers.
    load_mw : list of LpVariable
        IT load that the pair serves, P. [MW]
    serve_mw : list of LpVariable
        IT load of each flow, F. [MW]
    contract_mw : list of LpVariable
        Contracted power of each offer, O. [MW]
    supply_mw : list of list of LpVariable
        Contracted power that is used, O × T. [MW]
    grid_mw : list of list of LpVariable
        Power from the grid, S × T. [MW]
    use : list of list of LpVariable
        What dispatch adds to each metric at each site, and to the other shared metrics of
        `shared_metric_names`, M × S, in its unit; in a decomposed program, in place of the slices.
    storage_mw : list of LpVariable
        Power of each store that is built, U. [MW]
    later_mw, sooner_mw : list of list of LpVariable
        Load of a flexible flow that is absent from a slice, and that is made up for in it,
        F' × T. [MW]
    away_mwh : list of list of LpVariable
        Energy of a flexible flow that a day leaves to other days, F' × R. [MWh]
    move_mw : list of list of LpVariable
        IT load of a pair in a slice above its mean, P × T; negative where load is absent. [MW]
    extra_mw : list of LpVariable
        Servers of a site beyond those of its mean load, S. [MW]
    idle_mw : list of list of LpVariable
        IT load of a pair that is cooled while its engine stands still, Q × T. [MW]
    units : list of LpVariable
        Steps of connections that are taken and units of generators, J integers.
    unit_any : list of LpVariable
        Whether a generator of which one unit may be out has any, N binaries.
    generate_mw : list of list of LpVariable
        Power of each generator, G × T. [MW]
    late_mw : list of LpVariable
        IT power that lacks although it is due, of each entry with a price, K. [MW]
    site_open : list of LpVariable
        Whether any design is built at the site, S; none where only one may be.
    older_cost, older_carbon : list of LpVariable
        What halls of earlier periods cost and embody beyond those of this one, counted in modules
        at a factor of one, for the pairs of `Vintages.older_cost` and `Vintages.older_carbon`.
    step : list of LpVariable
        Whether the modules of a pair end in a step of `PriceSteps`, N binaries.
    step_modules : list of LpVariable
        Modules of the pair if they end in the step, N.
    priced : list of LpVariable
        What the modules of a pair cost together, counted in modules at a factor of one, P.
    own : mapping of str to list of list of LpVariable
        Groups of the components, n × T each, see :mod:`siting.mip.components`.

    Groups of families that a study does not ask for are empty.
    """

    is_open: list[LpVariable]
    modules: list[LpVariable]
    load_mw: list[LpVariable]
    serve_mw: list[LpVariable]
    contract_mw: list[LpVariable]
    supply_mw: Grid
    grid_mw: Grid
    storage_mw: list[LpVariable] = field(default_factory=list)
    later_mw: Grid = field(default_factory=list)
    sooner_mw: Grid = field(default_factory=list)
    away_mwh: Grid = field(default_factory=list)
    move_mw: Grid = field(default_factory=list)
    extra_mw: list[LpVariable] = field(default_factory=list)
    idle_mw: Grid = field(default_factory=list)
    units: list[LpVariable] = field(default_factory=list)
    unit_any: list[LpVariable] = field(default_factory=list)
    generate_mw: Grid = field(default_factory=list)
    late_mw: list[LpVariable] = field(default_factory=list)
    use: Grid = field(default_factory=list)
    site_open: list[LpVariable] = field(default_factory=list)
    older_cost: list[LpVariable] = field(default_factory=list)
    older_carbon: list[LpVariable] = field(default_factory=list)
    step: list[LpVariable] = field(default_factory=list)
    step_modules: list[LpVariable] = field(default_factory=list)
    priced: list[LpVariable] = field(default_factory=list)
    own: Mapping[str, Grid] = field(default_factory=dict)

    def group(self, name: str) -> list[Any]:
        """Return the variables of a group: a field, or one of a component."""
        found: list[Any] = self.own[name] if name in self.own else getattr(self, name)
        return found


def shared_metric_names(c: Coefficients) -> tuple[str, ...]:
    """Names of the shared metrics: those of rows over several sites that slices decide.

    ``clean_i`` is energy that is not clean beyond what rule i allows over the year, and
    ``basin_water``, ``basin_withdrawal`` are on-site water where the slices decide it.
    """
    rules = [f"clean_{i}" for i, rule in enumerate(c.operation.clean) if not rule.local]
    basins, water = c.structure.basins, []
    if basins is not None and c.operation.varies:
        limits = (("basin_water", basins.water_m3), ("basin_withdrawal", basins.withdrawal_m3))
        water = [name for name, limit in limits if limit is not None]
    return (*METRICS, *c.scopes, *rules, *water)


def add_variables(
    problem: LpProblem,
    c: Coefficients,
    demand: DemandClasses,
    own: Iterable[Group],
    *,
    state: int = 0,
    build: Variables | None = None,
    decomposed: bool = False,
) -> Variables:
    """Create the decision variables of a state; rows and columns are named by index.

    Parameters
    ----------
    problem : LpProblem
        Where they go.
    c : Coefficients
        Numbers of the state.
    demand : DemandClasses
        Its demand.
    own : iterable of Group
        Decisions of the components in each slice.
    state : int, default 0
        Its index.
    build : Variables, optional
        A state of the same period, whose decisions on what is built and contracted are shared.
    decomposed : bool, default False
        Whether the slices are left to the dispatch of each site.
    """
    pairs = range(len(c.pair_site))
    slices = range(0 if decomposed else len(c.hours))
    offers, sites = range(len(c.offer_source)), range(len(c.sites))
    prefix = f"k{state}_" if state else ""

    def matrix(name: str, *indices: Iterable[int], **kind: Any) -> Any:
        lists = [list(index) for index in indices]
        shape = lists[0] if len(lists) == 1 else tuple(lists)
        return problem.add_variable_matrix(prefix + name, shape, **({"lowBound": 0} | kind))

    if build is None:
        is_open = matrix("is_open", pairs, lowBound=None, cat="Binary")
        modules = matrix("modules", pairs, cat="Integer")
        contract_mw = matrix("contract_mw", offers)
        for variable, limit in zip(contract_mw, c.offer_limit_mw, strict=True):
            variable.upBound = float(limit)
        several = sites if c.structure.designs_per_site > 1 else ()
        site_open = matrix("site_open", several, upBound=1)
    else:
        is_open, modules, contract_mw = build.is_open, build.modules, build.contract_mw
        site_open = build.site_open
    return Variables(
        is_open=is_open,
        modules=modules,
        load_mw=matrix("load_mw", pairs),
        serve_mw=matrix("serve_mw", range(len(demand.flow_site))),
        contract_mw=contract_mw,
        supply_mw=matrix("supply_mw", offers, slices),
        grid_mw=matrix("grid_mw", sites, slices),
        use=matrix("use", range(len(shared_metric_names(c))), sites) if decomposed else [],
        **_operation(matrix, c, demand, own, build, decomposed),
        site_open=site_open,
        **_older(matrix, c, build),
        **_steps(matrix, c, build),
        late_mw=build.late_mw if build else matrix("late_mw", range(len(c.structure.late))),
    )


def _steps(matrix: Matrix, c: Coefficients, build: Variables | None) -> dict[str, Any]:
    """Steps of the price of halls, and what it comes to."""
    if build is not None:
        return {name: getattr(build, name) for name in ("step", "step_modules", "priced")}
    steps = c.price_steps
    if steps is None:
        return {}
    own = range(len(steps.pair))
    return {
        "priced": matrix("priced", range(len(c.pair_site))),
        "step": matrix("step", own, lowBound=None, cat="Binary"),
        "step_modules": matrix("step_modules", own),
    }


def _older(matrix: Matrix, c: Coefficients, build: Variables | None) -> dict[str, Any]:
    """Variables of the cost and carbon of halls of earlier periods beyond those of this one."""
    if build is not None:
        return {"older_cost": build.older_cost, "older_carbon": build.older_carbon}
    if c.vintages is None:
        return {}
    pairs = {"older_cost": c.vintages.older_cost, "older_carbon": c.vintages.older_carbon}
    return {name: matrix(name, of.tolist(), lowBound=None) for name, of in pairs.items()}


def _operation(
    matrix: Matrix,
    c: Coefficients,
    demand: DemandClasses,
    own: Iterable[Group],
    build: Variables | None,
    decomposed: bool,
) -> dict[str, Any]:
    """Decisions of the dispatch options that are on."""
    o, slices, found = c.operation, range(len(c.hours)), {}
    if o.storage is not None:
        stores = range(len(o.storage.site))
        found["storage_mw"] = matrix("storage_mw", stores) if build is None else build.storage_mw
        for variable, limit in zip(found["storage_mw"], o.storage.max_mw, strict=True):
            variable.upBound = float(limit)
    found |= _power(matrix, c, build)
    if decomposed:
        return found
    if o.flexible is not None and o.calendar is not None:
        flows = range(len(flexible_flows(c, demand)))
        found["later_mw"] = matrix("later_mw", flows, slices)
        found["sooner_mw"] = matrix("sooner_mw", flows, slices)
        found["away_mwh"] = matrix("away_mwh", flows, range(o.calendar.days))
        found["move_mw"] = matrix("move_mw", range(len(c.pair_site)), slices, lowBound=None)
        found["extra_mw"] = matrix("extra_mw", range(len(c.sites)))
    if o.idle is not None:
        found["idle_mw"] = matrix("idle_mw", range(len(o.idle.pair)), slices)
    found["own"] = {group.name: matrix(group.name, range(len(group.site)), slices) for group in own}
    if o.power is not None and len(o.power.generators):
        found["generate_mw"] = matrix("generate_mw", range(len(o.power.generators)), slices)
    return found


def _power(matrix: Matrix, c: Coefficients, build: Variables | None) -> dict[str, Any]:
    """Variables of connection steps and generators, in whole units."""
    power = c.operation.power
    if build is not None or power is None:
        return {} if build is None else {"units": build.units, "unit_any": build.unit_any}
    found = {"units": matrix("units", range(len(power.name)), cat="Integer")}
    for variable, most in zip(found["units"], power.most, strict=True):
        variable.upBound = float(most)
    if len(power.spared):
        spared = range(len(power.spared))
        found["unit_any"] = matrix("unit_any", spared, lowBound=None, cat="Binary")
    return found


@dataclass(frozen=True)
class Row:
    """Origin of a row of the model.

    Parameters
    ----------
    family : str
        Function that added it.
    name : str
        Its name without the state, ``<family>_<index>``.
    state : int
        Index of the state whose numbers it holds.
    """

    family: str
    name: str
    state: int


@dataclass
class Rows:
    """The rows of a program, added family by family and state by state.

    Names are ASCII and made of indices, so that an exported file can be read by any solver; the
    register says in the study's terms what each row is.

    Parameters
    ----------
    problem : LpProblem
        Where the rows go.
    state : int
        State that is being built.
    family : str
        Family that is being built.
    register : dict of str to Row
        Origin of every row, by its name in the problem.
    """

    problem: LpProblem
    state: int = 0
    family: str = ""
    register: dict[str, Row] = field(default_factory=dict)

    def at(self, family: str, state: int) -> Rows:
        """Return the same rows, for another family or state."""
        return Rows(self.problem, state, family, self.register)

    def add(self, row: LpAffineExpression, name: str) -> None:
        """Add a constraint row; an empty row would be lost silently, so it raises."""
        if not len(row):
            raise ValueError(f"row {name} has no variable")
        full = name if self.state == 0 else f"k{self.state}_{name}"
        self.register[full] = Row(self.family, name, self.state)
        self.problem.addConstraint(row, full)


def dot(variables: Sequence[LpVariable], coefficients: ArrayLike) -> LpAffineExpression:
    """Σ coefficient · variable, zeros left out.

    Raises
    ------
    ValueError
        If the lengths differ or a coefficient is not finite.
    """
    values = np.asarray(coefficients, dtype=float)
    if values.shape != (len(variables),):
        raise ValueError(f"{len(variables)} variables but coefficients of shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("a coefficient is not finite")
    used = np.flatnonzero(values)
    return lpSum_vars_coefs([(variables[int(i)], float(values[i])) for i in used])


def total(terms: Iterable[tuple[LpVariable, float]]) -> LpAffineExpression:
    """Σ coefficient · variable of pairs."""
    return lpSum_vars_coefs(terms)


Terms = list[tuple[LpVariable, float]]


def it_load(v: Variables, p: int, t: int, factor: float = 1.0) -> Terms:
    """IT load of a pair in a slice times a factor: its mean, and what is moved."""
    terms = [(v.load_mw[p], factor)]
    return [*terms, (v.move_mw[p][t], factor)] if v.move_mw else terms


def by_slice(
    c: Coefficients, running: FloatArray, idle: str = "", weight: FloatArray | None = None
) -> dict[str, FloatArray]:
    """Coefficients of Σ_t h_t · weight[p] · value[p,t] · (IT load of p in t).

    The IT load of a pair in a slice is ``load_mw[p] + move_mw[p,t]``; of it ``idle_mw`` is
    cooled while the engine stands still, where another value holds.

    Parameters
    ----------
    c : Coefficients
        The problem.
    running : ndarray, shape (P, T)
        Value per IT energy in normal operation.
    idle : str, optional
        Field of `Idle` with the value while the engine stands still; zero then by default.
    weight : ndarray, shape (P,), optional
        Factor of each pair, one by default.
    """
    weight = np.ones(len(c.pair_site)) if weight is None else weight
    found = {"load_mw": (running @ c.hours) * weight}
    o = c.operation
    if o.flexible is not None:
        found["move_mw"] = running * c.hours * weight[:, None]
    if o.idle is not None:
        q = o.idle.pair
        off = getattr(o.idle, idle) if idle else np.zeros((len(q), len(c.hours)))
        found["idle_mw"] = (off - running[q]) * c.hours * weight[q, None]
    return found
