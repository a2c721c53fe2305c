"""Components of dispatch: what a site may run besides grid, contracts and halls, one module each.

A new component is a module with a subclass of :class:`Component` and an entry in ``COMPONENTS``:
its variables in each slice, rows, metrics and columns of the tables follow from it, whether the
model is solved whole or decomposed; what it builds is a field of the variables. Its data is a value
of ``Operation.more`` under its name, which
:data:`siting.coefficients.dispatch_options_build.MORE` builds from a study.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.coefficients import Coefficients

if TYPE_CHECKING:
    from siting.mip.model import Rows, Variables
    from siting.mip.model.build import ModelState
    from siting.mip.model.demand_classes import DemandClasses
    from siting.mip.solution import Decisions

__all__ = [
    "COMPONENTS",
    "LEAST_MW",
    "SLACK",
    "Built",
    "Component",
    "Group",
    "Load",
    "active",
    "built",
    "by_site",
    "groups",
    "own_terms",
    "terms",
]

#: Power below which a series is not reported, and a store counts as none. [MW]
LEAST_MW = 1e-9
#: A limit binds where less than this share of it is left.
SLACK = 1e-6

AddRows = Callable[["Rows", "Variables", Coefficients, "DemandClasses"], None]


@dataclass(frozen=True)
class Group:
    """Decisions of a component in every slice, n rows of T.

    Parameters
    ----------
    name : str
        Name of the variables, with their unit.
    site : ndarray of int, shape (n,)
        Site of each row.
    gives, uses, dirty : float
        Power that a unit gives to its site (negative where it takes power), that counts as used
        there, and that no rule of clean supply counts as clean. [MW]
    per_mwh : mapping of str to float
        What an hour of a unit adds to a metric, in its unit per MWh.
    most : ndarray, shape (n, T) or (n, 1), optional
        Upper bound, needed where a metric may fall by the decision or its site be given power.
    """

    name: str
    site: IndexArray
    gives: float = 0.0
    uses: float = 0.0
    dirty: float = 0.0
    per_mwh: Mapping[str, float] = field(default_factory=dict)
    most: FloatArray | None = None

    def terms(self, hours: FloatArray, metric: str) -> FloatArray:
        """Coefficients of a metric on the decisions, shape (n, T)."""
        return np.tile(hours * self.per_mwh.get(metric, 0.0), (len(self.site), 1))


@dataclass(frozen=True)
class Built:
    """Decisions of a component on what is built, n of them, which a period has once.

    Parameters
    ----------
    name : str
        Field of the variables.
    site : ndarray of int, shape (n,)
        Site of each.
    per_unit : mapping of str to ndarray, shape (n,)
        What a unit adds to a metric in a year.
    """

    name: str
    site: IndexArray
    per_unit: Mapping[str, FloatArray]

    def terms(self, metric: str) -> FloatArray:
        """Coefficients of a metric on the decisions, shape (n,)."""
        return np.array(self.per_unit.get(metric, np.zeros(len(self.site))))


class Component:
    """Equipment that a site dispatches slice by slice; a module of its own says all about it.

    A subclass gives its data, its decisions, its rows and what the tables show; the model, the
    decomposition and the tables read no more. It is listed in
    :data:`COMPONENTS`.
    """

    #: Its data in ``Coefficients.operation``: a field, or a key of ``more``.
    name: ClassVar[str]
    #: Functions that add its rows, each local to a site.
    rows: ClassVar[tuple[AddRows, ...]] = ()
    #: Functions that add rows on what is built, once a period.
    build_rows: ClassVar[tuple[AddRows, ...]] = ()

    def data(self, c: Coefficients) -> Any:
        """Return its data; None where the study does not ask for it."""
        return c.operation.data(self.name)

    def groups(self, c: Coefficients) -> tuple[Group, ...]:
        """Return its decisions in slices, beside fields of the variables; asked where it is on."""
        return ()

    def built(self, c: Coefficients) -> tuple[Built, ...]:
        """Return its decisions on what is built, which are fields of the variables."""
        return ()

    def terms(self, c: Coefficients, metric: str) -> dict[str, FloatArray]:
        """Coefficients of a metric on fields of the variables; its groups give theirs."""
        return {built.name: built.terms(metric) for built in self.built(c)}

    def sites(self, c: Coefficients) -> BoolArray:
        """Sites, shape (S,), whose slices it joins or where it stands."""
        found = np.zeros(len(c.sites), dtype=bool)
        for group in self.groups(c):
            found[group.site] = True
        return found

    def columns(self, c: Coefficients, x: Decisions) -> dict[str, Any]:
        """Columns of the table of sites, shape (S,) each, from the values of its decisions."""
        return {}

    def binding(self, c: Coefficients, x: Decisions, load: Load) -> dict[str, BoolArray]:
        """Binding limits by key of the study, shape (S,) each."""
        return {}

    def supply(self, c: Coefficients, x: Decisions) -> Iterator[tuple[int, str, FloatArray]]:
        """Site, source and power by slice of what it gives to a site. [MW]."""
        yield from ()

    def series(self, state: ModelState, x: Decisions) -> Iterator[tuple[int, str, str, FloatArray]]:
        """Site, quantity, item and values by slice for the table of operation."""
        yield from ()


@dataclass(frozen=True)
class Load:
    """Load of a solution, as limits of components refer to it.

    Parameters
    ----------
    modules : ndarray, shape (P,)
        Modules of each pair.
    facility_mwh : ndarray, shape (S,)
        Energy that the facility of each site uses in the year. [MWh]
    """

    modules: FloatArray
    facility_mwh: FloatArray


def by_site(c: Coefficients, site: IndexArray, values: FloatArray) -> FloatArray:
    """Sum of the rows of a group at each site, shape (S,) or (S, T)."""
    total = np.zeros((len(c.sites), *values.shape[1:]))
    np.add.at(total, site, values)
    return total


from siting.mip.components.backup import BackupPower
from siting.mip.components.flexible import FlexibleLoad
from siting.mip.components.generation import Generation, IdleEngines
from siting.mip.components.heat import HeatSale
from siting.mip.components.storage import Stores

#: Every component, in the order in which decisions and rows are added.
COMPONENTS: tuple[Component, ...] = (
    FlexibleLoad(), IdleEngines(), Stores(), HeatSale(), BackupPower(), Generation(),
)  # fmt: skip


def active(c: Coefficients) -> tuple[Component, ...]:
    """Components that a study asks for."""
    return tuple(component for component in COMPONENTS if component.data(c) is not None)


def groups(c: Coefficients) -> tuple[Group, ...]:
    """Groups of decisions of those components."""
    return tuple(group for component in active(c) for group in component.groups(c))


def built(c: Coefficients) -> tuple[Built, ...]:
    """Decisions of those components on what is built."""
    return tuple(built for component in active(c) for built in component.built(c))


def terms(c: Coefficients, metric: str) -> dict[str, FloatArray]:
    """Coefficients of a metric on the fields of the variables that are of those components."""
    return {name: each for x in active(c) for name, each in x.terms(c, metric).items()}


def own_terms(c: Coefficients, metric: str) -> dict[str, FloatArray]:
    """Coefficients of a metric on each group of those components."""
    return {group.name: group.terms(c.hours, metric) for group in groups(c)}
