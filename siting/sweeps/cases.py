"""The cases of a sweep as studies, each with the key that its answer is kept under."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from siting.catalogue import Catalogue
from siting.coefficients.cache_keys import content_hash, study_files
from siting.config import Study, study_from_mapping
from siting.errors import Fault, StudyError
from siting.sweeps.plan import Plan
from siting.sweeps.sampling import case_values

__all__ = ["Case", "cases_of"]

#: What an answer depends on besides the study and the tables.
_PACKAGES = ("siting", "pulp", "highspy", "numpy")


@dataclass(frozen=True)
class Case:
    """One study of a sweep.

    Parameters
    ----------
    index : int
        Place in the plan; 0 is the base case.
    values : mapping
        Keys that the case sets.
    study : Study or None
        Resolved; None where the values are not allowed.
    reason : str
        Why there is no study.
    key : str
        Hash of the version, the tables, the files and the resolved study.
    """

    index: int
    values: dict[str, Any]
    study: Study | None
    reason: str
    key: str


def cases_of(study: Study, plan: Plan, catalogue: Catalogue) -> list[Case]:
    """Every case of a plan; a case whose values are not allowed has its reason.

    Raises
    ------
    siting.errors.StudyError
        If the study does not have a key of the plan, or none of the values of one is allowed: all
        such keys together.
    """
    base = study.to_mapping()
    _check_factors(base, plan)
    stamp = [{name: version(name) for name in _PACKAGES}, catalogue.sha256]
    return [_case(i, base, values, stamp) for i, values in enumerate(case_values(plan))]


def _study(base: dict[str, Any], values: dict[str, Any]) -> Study:
    return study_from_mapping(base, [f"{path}={json.dumps(v)}" for path, v in values.items()])


def _check_factors(base: dict[str, Any], plan: Plan) -> None:
    faults: list[Fault] = []
    for factor in plan.factors:
        found = [_faults(base, factor.path, value) for value in factor.levels()]
        if all(found):
            faults += [Fault("sweep", None, f"over.{f.key}", f.problem, f.remedy) for f in found[0]]
    if faults:
        raise StudyError(faults)


def _faults(base: dict[str, Any], path: str, value: Any) -> Sequence[Fault]:
    try:
        _study(base, {path: value})
    except StudyError as error:
        return error.faults
    return ()


def _case(index: int, base: dict[str, Any], values: dict[str, Any], stamp: list[Any]) -> Case:
    try:
        study = _study(base, values)
    except StudyError as error:
        return Case(index, values, None, str(error), content_hash(stamp, base, values))
    return Case(
        index, values, study, "", content_hash(stamp, study.to_mapping(), study_files(study))
    )
