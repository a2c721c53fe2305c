"""Physics of data-center cooling: pure functions on numpy arrays, no files, no network.

::

    weather -> air (psychrometrics, once) -> a design of cooling/ -> facility: PUE, WUE, share
"""

from __future__ import annotations

from siting.physics.cooling.chilled_water import GAS_EMISSIONS_KG_PER_KWH
from siting.physics.designs import DESIGNS, Design
from siting.physics.equipment import ENVELOPES, WATER_CLASSES
from siting.physics.facility import (
    Facility,
    Inputs,
    facility,
    facility_all,
    facility_blocks,
    streams,
)
from siting.physics.parameters import PRACTICES, Parameter

__all__ = [
    "DESIGNS",
    "ENVELOPES",
    "GAS_EMISSIONS_KG_PER_KWH",
    "PRACTICES",
    "WATER_CLASSES",
    "Design",
    "Facility",
    "Inputs",
    "Parameter",
    "facility",
    "facility_all",
    "facility_blocks",
    "streams",
]
