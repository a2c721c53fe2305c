"""The waist of `siting`: everything the optimizer may know, as labelled read-only arrays."""

from __future__ import annotations

from siting.coefficients.instance import Instance, State
from siting.coefficients.model import Coefficients, Limits

__all__ = ["Coefficients", "Instance", "Limits", "State"]
