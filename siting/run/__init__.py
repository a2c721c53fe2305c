"""From a study to a placement: the one walk through all layers, and the folder of a run."""

from __future__ import annotations

from siting.run.placement import audit_run, package_versions, write_run
from siting.run.solve import audited_placement, check_study, solve_study, study_objective

__all__ = [
    "audit_run",
    "audited_placement",
    "check_study",
    "package_versions",
    "solve_study",
    "study_objective",
    "write_run",
]
