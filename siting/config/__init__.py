"""A study: from YAML to one frozen, checked object.

Every key of a study is a field of one of the sections below, with its unit, its range and its
default in one place. `load_study` reads a file and raises one `StudyError` with all its faults.
"""

from siting.config.candidates import Candidates
from siting.config.demand import Demand, Workload
from siting.config.economics import DesignTechnology, Economics, Halls, Technology
from siting.config.limits import Cap, Failover, Limits, Policy
from siting.config.load import load_study, placed, starter_study, study_from_mapping, study_schema
from siting.config.magnitudes import unusual_numbers
from siting.config.objective import Climate, Objective, Solver, Time, Weights
from siting.config.operation import Backup, CleanRule, Flexible, HeatReuse, Store
from siting.config.power import (
    Connections,
    ConnectionStep,
    FirstPower,
    Generation,
    GeneratorOffer,
)
from siting.config.study import Study
from siting.config.supply import MaxContract, Supply

__all__ = [
    "Backup",
    "Candidates",
    "Cap",
    "CleanRule",
    "Climate",
    "ConnectionStep",
    "Connections",
    "Demand",
    "DesignTechnology",
    "Economics",
    "Failover",
    "FirstPower",
    "Flexible",
    "Generation",
    "GeneratorOffer",
    "Halls",
    "HeatReuse",
    "Limits",
    "MaxContract",
    "Objective",
    "Policy",
    "Solver",
    "Store",
    "Study",
    "Supply",
    "Technology",
    "Time",
    "Weights",
    "Workload",
    "load_study",
    "placed",
    "starter_study",
    "study_from_mapping",
    "study_schema",
    "unusual_numbers",
]
