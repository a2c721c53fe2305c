"""Fit the factors of ``siting.physics.parameters``: ``python -m tools.fit_practice``.

The ratio of a place is what it publishes beyond 1 over what its design takes beyond 1 in a full
hall. Only ``tests/fixtures/facilities.csv`` is read, one figure a place, the last one measured;
bounds and projections are left out, and so are research machines, which are no service. A test
holds the table to what this script prints.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tools.facilities import AZURE, Facility, predict, read_facilities

__all__ = ["RESEARCH", "Ratios", "fitted", "ratios"]

RESEARCH = frozenset({"NREL", "CSC/EuroHPC", "ORNL"})
"""Operators of single machines for research, cooled by plates alone and partly without UPS."""

type Ratios = dict[str, list[float]]


def ratios(facilities: Sequence[Facility]) -> Ratios:
    """Published over designed energy beyond the IT of each place, by group.

    Parameters
    ----------
    facilities : sequence of Facility
        Published figures.

    Returns
    -------
    dict
        ``campuses``, ``regions``: the last measured figure of each place; ``years``: every measured
        figure of the regions. [-]
    """
    usable = [
        f for f in facilities
        if f.kind == "measured" and not f.bound and f.pue and f.operator not in RESEARCH
    ]  # fmt: skip
    found: dict[str, dict[str, float]] = {"campuses": {}, "regions": {}, "years": {}}
    for p in predict(usable, bands=False, practice=None):
        f, ratio = p.facility, ((p.facility.pue or 1.0) - 1.0) / (p.pue.value - 1.0)
        found["regions" if f.operator == AZURE else "campuses"][f.region] = ratio
        if f.operator == AZURE:
            found["years"][f.id] = ratio
    return {group: sorted(values.values()) for group, values in found.items()}


def fitted(found: Ratios) -> dict[str, tuple[float, float, float]]:
    """Value, low and high of each practice, rounded as in the table. [-]."""
    campuses, regions = found["campuses"], found["regions"]
    low, high = min([*campuses, *regions]), max([*campuses, *regions])
    middle = float(np.median(regions))
    rows = {
        "best": (np.median(campuses), low, high),
        "typical": (middle, low, high),
        "legacy": (np.quantile(regions, 0.9), middle, max(found["years"])),
    }
    return {name: (round(float(a), 2), round(float(b), 2), round(float(c), 2))
            for name, (a, b, c) in rows.items()}  # fmt: skip


def main() -> None:
    """Print the ratios and the factors."""
    found = ratios(read_facilities())
    for group, values in found.items():
        print(f"{group}: {len(values)}: {' '.join(f'{x:.2f}' for x in values)}")
    for name, (value, low, high) in fitted(found).items():
        print(f"{name}: {value:.2f} ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
