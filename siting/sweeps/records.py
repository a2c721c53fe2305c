"""What a case of a sweep leaves on disk, and whether a file of it can be taken for an answer."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError

from siting.coefficients.model import METRICS

__all__ = ["is_record"]


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
    """Whether plain data is the record of a case that need not be solved again.

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
