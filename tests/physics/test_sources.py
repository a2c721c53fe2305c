"""Where the numbers of the physics come from: a publication, or an assumption that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from siting.physics import DESIGNS, Parameter, plant
from siting.physics.designs import REFRIGERANT_GWP, REFRIGERANT_LEAK_PER_YEAR
from siting.physics.workloads import (
    ALGORITHM_HALVING_MONTHS,
    HARDWARE,
    OTHER_IT,
    PRESETS,
    SERVER_YEARS,
    SERVERS,
)

FROM_MEMORY = re.compile(r"\brecall(ed|s)?\b|from memory|\bby heart\b", re.IGNORECASE)
ROOT = Path(__file__).parents[2]
ROOMS = ("siting", "geodata", "docs", "tools", "configs", "tests/fixtures")
TEXTS = {".py", ".md", ".csv", ".geojson", ".json", ".yaml", ".yml", ".txt", ".html"}


def parameters() -> Iterator[Parameter]:
    yield from (REFRIGERANT_GWP, REFRIGERANT_LEAK_PER_YEAR, ALGORITHM_HALVING_MONTHS)
    yield from (OTHER_IT, SERVER_YEARS, *(p for p in SERVERS.values() if p.name != "none"))
    own = [table for design in DESIGNS.values() for table in design.tables]
    for table in (*own, plant.ElectricalParameters.table(), plant.PartLoadParameters.table()):
        yield from table.values()


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_rests_on_memory(room: str) -> None:
    """What somebody once knew by heart is no source, wherever a number stands."""
    paths = [path for path in (ROOT / room).rglob("*") if path.suffix in TEXTS]
    assert paths
    lines = [
        f"{path.relative_to(ROOT)}:{i}: {line}"
        for path in sorted(paths)
        for i, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if FROM_MEMORY.search(line)
    ]
    assert lines == []


def test_every_parameter_has_a_source_and_a_range_that_the_bands_use() -> None:
    for p in parameters():
        assert p.source, p.name
        assert p.low < p.high, p.name
        if p.label != "assumed":  # what is measured or derived can be found
            assert re.search(r"\d{2,}", p.source), p.name


def test_published_work_and_hardware_can_be_found() -> None:
    for name, row in (*PRESETS.items(), *HARDWARE.items()):
        assert re.search(r"20\d\d|data sheet|model card|press", row.source), name
