"""The catalogue as the commands need it: read once, and narrowed to a study."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.catalogue import Catalogue
    from siting.config import Study

__all__ = [
    "built_in",
    "chosen_metros",
    "chosen_sites",
    "load",
    "measured_pairs",
    "odd",
    "records",
    "site_rows",
]


@cache
def built_in() -> Catalogue:
    """Return the built-in catalogue, read on first use."""
    from siting.catalogue import load_catalogue

    return load_catalogue()


def load(path: Path, overrides: list[str] | None) -> Study:
    """Read a study, its names checked against the catalogue in the same pass."""
    from siting.catalogue import GROUPS, REGIONS
    from siting.catalogue.jurisdictions import policy_table
    from siting.config import load_study

    catalogue = built_in()
    sites, metros = set(catalogue.candidates.index), set(catalogue.demand.index)
    keys = ("candidates.sites", "candidates.exclude", "limits.open", "limits.closed")
    known = dict.fromkeys(keys, sites)
    known |= {"candidates.region": set(REGIONS), "demand.regions": set(GROUPS) | metros}
    known |= {"policy.laws": {"all", *map(str, policy_table(catalogue).index)}}
    return load_study(path, overrides or (), known=known)


def chosen_sites(study: Study) -> tuple[Catalogue, tuple[str, ...]]:
    """Catalogue with the planner's own sites, and the ids that may compete."""
    from siting.coefficients import choice

    return choice.chosen_sites(study, built_in())


def chosen_metros(catalogue: Catalogue, study: Study) -> tuple[str, ...]:
    """Ids of the demand regions of a study, its own files included."""
    from siting.coefficients import choice

    return tuple(str(metro) for metro in choice.chosen_regions(study, catalogue).index)


def measured_pairs(catalogue: Catalogue, study: Study, sites: tuple[str, ...]) -> int:
    """Pairs whose round trip the study has measured; every fault of its table is raised."""
    from siting.coefficients import choice
    from siting.coefficients.demand import study_round_trips

    regions = choice.chosen_regions(study, catalogue)
    competing = catalogue.candidates.loc[list(sites)]
    return int(study_round_trips(study, catalogue, regions, competing)[1].sum())


def odd(study: Study) -> list[str]:
    """Numbers of a study whose size makes their unit doubtful, in words."""
    from siting.config import odd_numbers

    return [str(doubt) for doubt in odd_numbers(study)]


def site_rows(
    catalogue: Catalogue, ids: tuple[str, ...], kinds: Iterable[str]
) -> list[dict[str, Any]]:
    """Candidate sites as plain rows, of the given kinds or of all."""
    rows = records(catalogue.candidates.loc[list(ids)].drop(columns="geometry"))
    wanted = set(kinds)
    return [row for row in rows if not wanted or wanted & set(row["kinds"])]


def records(table: DataFrame) -> list[dict[str, Any]]:
    """Return a table as plain rows, its index as ``id``."""
    rows = table.reset_index(names="id").to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
