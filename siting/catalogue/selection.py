"""Picks candidates and demand metros by the names a study uses."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import pandas as pd

from siting.catalogue.model import GROUPS, KINDS, REGIONS, Catalogue
from siting.errors import DataError, Fault

__all__ = ["select_candidates", "select_demand"]


def select_candidates(
    catalogue: Catalogue,
    *,
    kinds: Iterable[str] | None = None,
    sites: Iterable[str] | None = None,
    region: str | Iterable[str] | None = None,
    exclude: Iterable[str] = (),
) -> tuple[str, ...]:
    """Ids of the candidates that may compete, in the catalogue's order.

    ``sites`` are taken as they are. ``kinds`` (any of them) and ``region`` both narrow the
    rest; without any of the three every candidate is taken. ``exclude`` comes last.

    Raises
    ------
    siting.errors.DataError
        For every unknown name, with the closest known ones.
    """
    table = catalogue.candidates
    regions = [region] if isinstance(region, str) else list(region or ())
    asked = {
        "candidates.kinds": (list(kinds or ()), KINDS),
        "candidates.region": (regions, REGIONS),
        "candidates.sites": (list(sites or ()), table.index),
        "candidates.exclude": (list(exclude), table.index),
    }
    _check(asked)
    wanted_kinds, wanted_sites, barred = (
        set(asked[f"candidates.{key}"][0]) for key in ("kinds", "sites", "exclude")
    )
    narrowed = pd.Series(bool(wanted_kinds or regions or not wanted_sites), index=table.index)
    if wanted_kinds:
        narrowed &= table["kinds"].map(lambda own: not wanted_kinds.isdisjoint(own))
    if regions:
        narrowed &= table["region"].isin(regions)
    chosen = (narrowed | table.index.isin(list(wanted_sites))) & ~table.index.isin(list(barred))
    return tuple(str(site) for site in table.index[chosen])


def select_demand(catalogue: Catalogue, regions: str | Iterable[str]) -> tuple[str, ...]:
    """Ids of the metros of the named groups, and of the metros named themselves.

    Parameters
    ----------
    catalogue : Catalogue
        The catalogue.
    regions : str or iterable of str
        Groups (``europe``, ``world`` …) and ids, mixed.

    Raises
    ------
    siting.errors.DataError
        For every unknown name, with the closest known ones.
    """
    asked = [regions] if isinstance(regions, str) else list(regions)
    table = catalogue.demand
    _check({"demand.regions": (asked, [*GROUPS, *table.index])})
    wanted = set(asked)
    chosen = table["groups"].map(lambda own: not wanted.isdisjoint(own))
    chosen |= table.index.isin(list(wanted))
    return tuple(str(metro) for metro in table.index[chosen])


def _check(asked: dict[str, tuple[list[str], Iterable[str]]]) -> None:
    faults = []
    for key, (names, known) in asked.items():
        present = set(known)
        faults += [
            Fault("catalogue", None, key, f"unknown {name!r}", _remedy(name, known))
            for name in names
            if name not in present
        ]
    if faults:
        raise DataError(faults)


def _remedy(name: str, known: Iterable[str]) -> str:
    names = sorted(map(str, known))
    close = difflib.get_close_matches(str(name).lower(), names, n=3, cutoff=0.5)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"Known are {', '.join(names)}" if len(names) < 20 else "`siting sites` lists them"
