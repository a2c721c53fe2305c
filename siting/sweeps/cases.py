"""The cases of a sweep as studies, and their solutions on disk under a hash of all inputs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError

from siting.catalogue import Catalogue
from siting.coefficients.cache_keys import content_hash, study_files
from siting.config import Study, study_from_mapping
from siting.errors import Fault, StudyError
from siting.files.folders import settle
from siting.files.limits import full_disk_told
from siting.files.scratch import write_file
from siting.nomenclature import METRICS
from siting.sweeps.plan import Plan, case_values

__all__ = [
    "Case",
    "Store",
    "cases_of",
    "is_record",
]

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


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class _Site(_Strict):
    site: str
    name: str
    country: str
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    design: str
    modules: int
    installed_mw: FiniteFloat
    it_mw: FiniteFloat
    pue: FiniteFloat
    wue_l_per_kwh: FiniteFloat
    energy_mwh: FiniteFloat
    carbon_t_co2e: FiniteFloat
    water_m3: FiniteFloat
    cost_usd: FiniteFloat


class _Flow(_Strict):
    workload: str
    demand: str
    site: str
    it_mw: FiniteFloat
    rtt_ms: FiniteFloat


class _Answer(_Strict):
    status: Literal["optimal", "gap_limit", "time_limit", "interrupted"]
    reason: str
    objective: FiniteFloat
    bound: float
    gap: float = Field(ge=0)
    audit_passed: bool
    metrics: dict[str, FiniteFloat]
    sites: list[_Site] = Field(min_length=1)
    flows: list[_Flow] = Field(min_length=1)


class _NoAnswer(_Strict):
    # An error may not come again, so that such a case is solved once more.
    status: Literal["infeasible", "no_answer", "bad_input"]
    reason: str = Field(min_length=1)


_RECORD: TypeAdapter[_Answer | _NoAnswer] = TypeAdapter(_Answer | _NoAnswer)


def is_record(data: object) -> bool:
    """Return whether plain data is the record of a case that need not be solved again.

    Parameters
    ----------
    data : object
        Content of a file of the store.

    Returns
    -------
    bool
        True for a placement with all its metrics, sites and flows, and for the reason why there is
        none; False for anything less, which no table may show as an answer.
    """
    try:
        record = _RECORD.validate_python(data)
    except ValidationError:
        return False
    return isinstance(record, _NoAnswer) or set(record.metrics) == set(METRICS)


class Store:
    """Records by key, one file each.

    Parameters
    ----------
    folder : path
        Made if it is not there; sweeps may share it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        settle(folder)

    def get(self, key: str) -> dict[str, Any] | None:
        """The record of a key; None where there is none, it is damaged or it holds no answer."""
        try:
            record: dict[str, Any] = json.loads((self.folder / f"{key}.json").read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        return record if is_record(record) else None

    def put(self, key: str, record: dict[str, Any]) -> None:
        """Keep a record."""
        with full_disk_told(self.folder):
            write_file(self.folder / f"{key}.json", json.dumps(record, ensure_ascii=False))
