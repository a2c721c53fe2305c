"""Cache of intermediate results that studies share, keyed by a hash of their inputs."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pandas as pd

from siting.catalogue import Catalogue
from siting.catalogue.power_files import profile_files
from siting.config import Study

__all__ = [
    "UNREAD_BY_PHYSICS",
    "Stages",
    "content_hash",
    "read_by_tables",
    "study_files",
    "weather_inputs",
]

#: Sections of a study that say nothing about what a design uses at a site.
UNREAD_BY_PHYSICS: dict[str, Any] = dict.fromkeys(
    ("name", "description", "candidates", "demand", "objective", "limits", "economics",
     "technology", "periods", "scenarios", "solver", "connections", "generation", "first_power"),
    True,
) | {"supply": {"year", "years", "opened"}}  # fmt: skip

#: Those that say nothing about candidates, regions and their supply, but for names in limits.
UNREAD_BY_TABLES = {"name", "description", "objective", "limits", "solver"}


def content_hash(*parts: Any) -> str:
    """SHA-256 over plain values: the same values give the same hash in every process."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def study_files(study: Study) -> dict[str, str]:
    """SHA-256 of every file that a study names, or that its PPAs name, by its absolute path."""
    named = set(_paths(study.to_mapping()))
    if study.supply.ppas is not None:
        named |= {str(path) for path in profile_files(Path(study.supply.ppas))}
    return {
        name: hashlib.sha256(Path(name).read_bytes()).hexdigest()
        for name in sorted(named)
        if Path(name).is_file()
    }


def _paths(value: Any) -> Iterator[str]:
    """Every text in plain data that may be an absolute path."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _paths(item)
    elif isinstance(value, str) and Path(value).is_absolute() and "\n" not in value:
        yield value


class Stages:
    """Cache of the stages of a study, keyed by a hash of the inputs of each stage.

    Parameters
    ----------
    keep : int, default 2
        Results kept of each stage, the last used ones; 0 keeps none.
    """

    def __init__(self, keep: int = 2) -> None:
        self._keep = keep
        self._kept: dict[str, OrderedDict[str, Any]] = {}
        self.counts: dict[str, dict[str, int]] = {}

    def reuse[T](
        self, stage: str, inputs: Sequence[Any] | Mapping[str, Any], make: Callable[[], T]
    ) -> T:
        """Result of a stage for its inputs, computed only where the cache lacks it.

        The inputs are everything that the result depends on, as plain values.
        """
        counts = self.counts.setdefault(stage, {"made": 0, "reused": 0})
        if self._keep == 0:
            counts["made"] += 1
            return make()
        kept, key = self._kept.setdefault(stage, OrderedDict()), content_hash(inputs)
        if key in kept:
            counts["reused"] += 1
            kept.move_to_end(key)
            return cast("T", kept[key])
        counts["made"] += 1
        result = kept[key] = make()
        while len(kept) > self._keep:
            kept.popitem(last=False)
        return result


def read_by_tables(study: Study) -> list[Any]:
    """Parts of a study that its inputs and its supply read: all but the numbers of its limits."""
    read = study.model_dump(mode="json", exclude=UNREAD_BY_TABLES)
    for cap in read["caps"]:
        del cap["at_most"]
    limits = study.limits
    by_basin = limits.basin_water_m3 is not None or limits.basin_withdrawal_m3 is not None
    return [read, list(limits.open), list(limits.closed), by_basin]


def weather_inputs(study: Study, catalogue: Catalogue, sites: pd.DataFrame) -> list[Any]:
    """Inputs of the weather of a study, as plain values."""
    places = sites[["lat", "lon", "elevation_m"]].astype(float).to_dict("list")
    climate = study.climate.model_dump(mode="json")
    return [catalogue.sha256, study_files(study), list(sites.index), places, climate]
