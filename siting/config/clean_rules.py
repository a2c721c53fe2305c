"""Rules by which contracted electricity counts as clean, and published ones by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

__all__ = ["CLEAN_PRESETS", "CleanPreset", "CleanTerms", "Matched"]

Matched = Literal["hour", "month", "year"]

#: Renewable sources of `supply_sources.csv` that are no biomass, which the European rule excludes.
_NO_BIOMASS = ("hydro", "wind", "wind_offshore", "solar", "geothermal")


@dataclass(frozen=True)
class CleanTerms:
    """Terms of one rule in one year.

    Parameters
    ----------
    matched : {"hour", "month", "year"}
        Over which time generation and use are compared.
    built_after : int or None
        Only plants built in a later year count; None for plants of any age.
    same_zone : bool
        Whether only plants in the grid zone of the site count.
    sources : tuple of str
        Sources that count; empty for all without direct emissions.
    """

    matched: Matched = "year"
    built_after: int | None = None
    same_zone: bool = False
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class CleanPreset:
    """A published rule.

    Parameters
    ----------
    first, later : {"hour", "month", "year"}
        Matching before the year ``turn`` and from it on.
    turn : int
        Year from which ``later`` holds.
    max_age : int or None
        Most years that a plant may have run when the sites open; None for any.
    same_zone : bool
        Whether the plant must stand in the grid zone of the site.
    sources : tuple of str
        Sources that count; empty for all without direct emissions.
    source : str
        Where the rule is published.
    """

    first: Matched
    later: Matched
    turn: int
    max_age: int | None
    same_zone: bool
    sources: tuple[str, ...]
    source: str

    @property
    def needs_year(self) -> bool:
        """Return whether the terms depend on the year."""
        return self.max_age is not None or self.first != self.later

    def terms(self, year: int | None, opened: int | None) -> CleanTerms:
        """Terms in a year, at sites that open in another.

        Parameters
        ----------
        year, opened : int or None
            None where the study names none; the later, stricter matching then holds.
        """
        early = year is not None and year < self.turn
        dated = None if self.max_age is None or opened is None else opened - self.max_age - 1
        return CleanTerms(self.first if early else self.later, dated, self.same_zone, self.sources)


#: Rules by name. Those of the Union and the United States were written for hydrogen; no law asks
#: them of data centers, and a planner takes them as the strictest published tests.
CLEAN_PRESETS: Mapping[str, CleanPreset] = MappingProxyType(
    {
        "annual": CleanPreset(
            "year", "year", 0, None, False, (),
            "GHG Protocol Scope 2 Guidance (World Resources Institute 2015), chapter 7",
        ),
        "24/7": CleanPreset(
            "hour", "hour", 0, None, True, (),
            "Google, 24/7 Carbon-Free Energy: Methodologies and Metrics (February 2021)",
        ),
        "eu_three_pillars": CleanPreset(
            "month", "hour", 2030, 3, True, _NO_BIOMASS,
            "Commission Delegated Regulation (EU) 2023/1184, articles 5 to 7: 36 months, the "
            "calendar month until 2029 and the hour from 2030, the bidding zone",
        ),
        "us_three_pillars": CleanPreset(
            "year", "hour", 2030, 3, True, (),
            "26 CFR 1.45V-4(d) (T.D. 10023, January 2025): 36 months, the calendar year until 2029 "
            "and the hour from 2030, the region, for which the grid zone stands here",
        ),
    }
)  # fmt: skip
