"""Solver packages whose behaviour this project relies on, checked when they are imported."""

from __future__ import annotations

from importlib.metadata import version

__all__ = ["check_versions"]


def check_versions() -> None:
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
