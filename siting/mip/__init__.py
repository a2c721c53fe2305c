"""The mixed-integer program: variables, constraint families, objectives and the solve.

It sees :class:`siting.coefficients.Coefficients` and PuLP, and nothing of maps, files or weather.
"""

from __future__ import annotations

from siting.mip.pulp_solver import check_versions  # isort: skip

check_versions()

from siting.mip.benders import is_decomposed
from siting.mip.control import Progress, SolverOptions
from siting.mip.model.build import Model, build_model
from siting.mip.model.metrics import metric_terms
from siting.mip.objectives import Objective, optimize
from siting.mip.session import Session
from siting.mip.solution import Solution, StateAnswer

__all__ = [
    "Model",
    "Objective",
    "Progress",
    "Session",
    "Solution",
    "SolverOptions",
    "StateAnswer",
    "build_model",
    "is_decomposed",
    "metric_terms",
    "optimize",
]
