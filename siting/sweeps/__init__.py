"""Sweeps: one study solved again and again with other values of its keys."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from siting.sweeps.cases import SweepResult
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

if TYPE_CHECKING:
    from siting.sweeps.folder import sweep_folder

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


def __getattr__(name: str) -> object:
    """Import the folder on first use: it draws, which the processes that solve cases need not."""
    if name != "sweep_folder":
        raise AttributeError(f"module 'siting.sweeps' has no attribute {name!r}")
    return getattr(import_module("siting.sweeps.folder"), name)
