"""A study: from YAML to one frozen, checked object.

Every key of a study is a field of one of the sections below, with its unit, its range and its
default in one place. `load_study` reads a file and raises one `StudyError` with all its faults.
"""

from siting.config.base import Estimate
from siting.config.candidates import Candidates
from siting.config.cross_checks import unusual_numbers
from siting.config.demand import Workload
from siting.config.economics import Economics, Halls
from siting.config.load import (
    Written,
    load_study,
    placed,
    read_written,
    readable_study,
    replaced_overrides,
    starter_study,
    study_from_mapping,
    study_schema,
)
from siting.config.operation import Backup, HeatReuse, Store
from siting.config.study import Study
from siting.config.supply import Connections, ConnectionStep, GeneratorOffer

__all__ = [
    "Backup",
    "Candidates",
    "ConnectionStep",
    "Connections",
    "Economics",
    "Estimate",
    "GeneratorOffer",
    "Halls",
    "HeatReuse",
    "Store",
    "Study",
    "Workload",
    "Written",
    "load_study",
    "placed",
    "read_written",
    "readable_study",
    "replaced_overrides",
    "starter_study",
    "study_from_mapping",
    "study_schema",
    "unusual_numbers",
]
