"""Components of dispatch: what a site may run besides grid, contracts and halls, one module each.

A new component is a module with a subclass of :class:`siting.mip.components.base.Component` and an
entry in ``COMPONENTS``: its variables in each slice, rows, metrics and columns of the tables follow
from it, whether the model is solved whole or decomposed; what it builds is a field of the
variables. Its data is a value of ``Operation.more`` under its name, which
:data:`siting.coefficients.dispatch_options_build.MORE` builds from a study.
"""

from __future__ import annotations

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.mip.components.backup import BackupPower
from siting.mip.components.base import Built, Component, Group
from siting.mip.components.flexible import FlexibleLoad
from siting.mip.components.generation import Generation, IdleEngines
from siting.mip.components.heat import HeatSale
from siting.mip.components.storage import Stores

__all__ = ["COMPONENTS", "active", "built", "groups", "own_terms", "terms"]

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
