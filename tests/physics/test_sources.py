"""Where the numbers of the physics come from: a publication, or an assumption that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import siting.physics
from siting.physics import DESIGNS, Parameter, electrical, part_load
from siting.physics.cooling import heat_reuse
from siting.physics.designs import REFRIGERANT_GWP, REFRIGERANT_LEAK_PER_YEAR
from siting.physics.servers import OTHER_IT, SERVER_YEARS, SERVERS
from siting.physics.workloads import ALGORITHM_HALVING_MONTHS, HARDWARE, PRESETS

FROM_MEMORY = re.compile(r"recall(ed|s)?\b|from memory", re.IGNORECASE)
PACKAGE = Path(siting.physics.__file__).parent


def parameters() -> Iterator[Parameter]:
    yield from (REFRIGERANT_GWP, REFRIGERANT_LEAK_PER_YEAR, ALGORITHM_HALVING_MONTHS)
    yield from (OTHER_IT, SERVER_YEARS, *(p for p in SERVERS.values() if p.name != "none"))
    own = [table for design in DESIGNS.values() for table in design.tables]
    for table in (*own, electrical.PARAMETERS, part_load.PARAMETERS, heat_reuse.PARAMETERS):
        yield from table.values()


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_nothing_rests_on_memory(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if FROM_MEMORY.search(line)]


def test_every_parameter_has_a_source_and_a_range_that_the_bands_use() -> None:
    for p in parameters():
        assert p.source, p.name
        assert p.low < p.high, p.name
        if p.label != "assumed":  # what is measured or derived can be found
            assert re.search(r"\d{2,}", p.source), p.name


def test_published_work_and_hardware_can_be_found() -> None:
    for name, row in (*PRESETS.items(), *HARDWARE.items()):
        assert re.search(r"20\d\d|data sheet|model card|press", row.source), name
