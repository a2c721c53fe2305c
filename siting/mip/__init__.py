"""The mixed-integer program: variables, constraint families, objectives and the solve.

It sees :class:`siting.coefficients.Coefficients` and PuLP, and nothing of maps, files or weather.
"""

from __future__ import annotations

from importlib.metadata import version


def _check_versions() -> None:
    """Refuse packages that solve wrongly or report wrongly.

    PuLP 3 calls a solve that the time limit stopped "Optimal"; HiGHS 1.14 has returned wrong
    optima.

    Raises
    ------
    ImportError
        Naming the package, its version and the remedy.
    """
    pulp, highspy = version("pulp"), version("highspy")
    if not pulp.startswith("4.") or pulp.startswith(("4.0", "4.1.")):
        raise ImportError(
            f"siting needs pulp >=4.2,<5 and found {pulp}: pip install 'pulp>=4.2,<5'"
        )
    if highspy.startswith("1.14."):
        raise ImportError(
            f"siting cannot use highspy {highspy}, which has returned wrong optima: "
            "pip install 'highspy!=1.14.*'"
        )


_check_versions()

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
