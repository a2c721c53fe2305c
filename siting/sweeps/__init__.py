"""Sweeps: one study solved again and again with other values of its keys."""

from siting.sweeps.cases import SweepResult
from siting.sweeps.folder import sweep_folder
from siting.sweeps.plan import (
    Factor,
    Plan,
    plan_from_mapping,
    plan_from_over,
    read_plan,
    sensitivity,
    unit_sample,
)
from siting.sweeps.runner import Done, sweep

__all__ = [
    "Done",
    "Factor",
    "Plan",
    "SweepResult",
    "plan_from_mapping",
    "plan_from_over",
    "read_plan",
    "sensitivity",
    "sweep",
    "sweep_folder",
    "unit_sample",
]
