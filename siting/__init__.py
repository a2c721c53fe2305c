"""`siting`: where to put data-center capacity so that energy, carbon and water are least.

>>> import siting
>>> study = siting.load_study("configs/arctic.yaml")  # doctest: +SKIP
>>> placement = siting.solve_study(study)  # doctest: +SKIP
>>> placement.sites[["design", "it_mw", "pue"]]  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from siting.audit import audit_placement
    from siting.catalogue import load_catalogue
    from siting.config import Study, load_study, study_from_mapping
    from siting.decisions.api import Decision, alternatives, pareto, robustness
    from siting.decisions.explain import Explanation
    from siting.decisions.explain import explain_site as explain
    from siting.errors import SitingError
    from siting.infeasible.diagnosis import explain_infeasible
    from siting.placement import Placement, load_placement
    from siting.profile import profile_place
    from siting.report.comparison import Comparison, compare
    from siting.run import audit_run, solve_study, write_run
    from siting.status import Status
    from siting.sweeps import SweepResult, sweep

__all__ = [
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
    "audit_placement",
    "audit_run",
    "compare",
    "explain",
    "explain_infeasible",
    "load_catalogue",
    "load_placement",
    "load_study",
    "pareto",
    "profile_place",
    "robustness",
    "solve_study",
    "study_from_mapping",
    "sweep",
    "write_run",
]

__version__ = version("siting")

#: Where each public name lives, and its name there where that is another; imported on first use,
#: so that `siting --help` stays quick.
_HOME = {
    "Comparison": "siting.report.comparison",
    "compare": "siting.report.comparison",
    "Decision": "siting.decisions.api",
    "Explanation": "siting.decisions.explain",
    "Placement": "siting.placement",
    "SitingError": "siting.errors",
    "Status": "siting.status",
    "Study": "siting.config",
    "SweepResult": "siting.sweeps",
    "alternatives": "siting.decisions.api",
    "audit_placement": "siting.audit",
    "audit_run": "siting.run",
    "explain": "siting.decisions.explain:explain_site",
    "explain_infeasible": "siting.infeasible.diagnosis",
    "load_catalogue": "siting.catalogue",
    "load_placement": "siting.placement",
    "load_study": "siting.config",
    "pareto": "siting.decisions.api",
    "profile_place": "siting.profile",
    "robustness": "siting.decisions.api",
    "solve_study": "siting.run",
    "study_from_mapping": "siting.config",
    "sweep": "siting.sweeps",
    "write_run": "siting.run",
}


def __getattr__(name: str) -> object:
    """Import a public name from where it lives."""
    if name not in _HOME:
        raise AttributeError(f"module 'siting' has no attribute {name!r}")
    module, _, there = _HOME[name].partition(":")
    return getattr(import_module(module), there or name)
