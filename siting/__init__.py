"""Siting of data-center capacity that minimizes energy, carbon and water.

>>> import siting
>>> placement = siting.solve("configs/arctic.yaml")  # doctest: +SKIP
>>> placement.sites[["design", "it_mw", "pue"]]  # doctest: +SKIP
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from siting.api import (
        Checked,
        alternatives,
        check,
        compare,
        explain,
        load,
        pareto,
        robustness,
        sites,
        solve,
        sweep,
    )
    from siting.comparison import Comparison
    from siting.config import Study
    from siting.decisions.explain import Explanation
    from siting.decisions.results import Decision
    from siting.errors import SitingError
    from siting.placement import Placement
    from siting.status import Status
    from siting.sweeps.cases import SweepResult

    audit: Any
    profile: Any
    report: Any
    screen: Any

__all__ = [
    "Checked",
    "Comparison",
    "Decision",
    "Explanation",
    "Placement",
    "SitingError",
    "Status",
    "Study",
    "SweepResult",
    "__version__",
    "alternatives",
    "audit",
    "check",
    "compare",
    "explain",
    "load",
    "pareto",
    "profile",
    "report",
    "robustness",
    "screen",
    "sites",
    "solve",
    "sweep",
]

__version__ = version("siting")

#: Home of each class; all else is in `siting.api`. Imported on first use, so that `siting --help`
#: stays quick.
_HOME = {
    "Comparison": "siting.comparison",
    "Decision": "siting.decisions.results",
    "Explanation": "siting.decisions.explain",
    "Placement": "siting.placement",
    "SitingError": "siting.errors",
    "Status": "siting.status",
    "Study": "siting.config",
    "SweepResult": "siting.sweeps.cases",
}
#: Functions that share their word with the package that does the work: the package is callable.
_ROOMS = ("audit", "profile", "report", "screen")


class _Room(ModuleType):
    """A package that is called as the function of its name in `siting.api`."""

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        verb = self.__name__.rpartition(".")[2]
        return getattr(import_module("siting.api"), verb)(*args, **keywords)


class _Siting(ModuleType):
    """The package `siting`, which makes rooms callable as they are imported."""

    def __setattr__(self, name: str, value: object) -> None:
        if name in _ROOMS and isinstance(value, ModuleType):
            value.__class__ = _Room
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Siting


def __getattr__(name: str) -> object:
    """Import a public name from where it lives."""
    if name in _ROOMS:
        return import_module(f"siting.{name}")
    if name not in __all__:
        raise AttributeError(f"module 'siting' has no attribute {name!r}")
    return getattr(import_module(_HOME.get(name, "siting.api")), name)
