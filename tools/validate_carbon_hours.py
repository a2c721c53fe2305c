"""Writes docs/validation/carbon_hours.md: modelled carbon by the hour against the measured.

    python -m tools.validate_carbon_hours --sources FOLDER

Each zone that is measured by the hour is modelled as if it were not: the share of the swing that
arrives is fitted to the others. The sources are not part of the package.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from siting.arrays import FloatArray
from siting.catalogue import load_catalogue
from tools.build_geodata.carbon_modelled import (
    ARRIVES,
    WEIGHTS,
    fit,
    measured_shapes,
    shape_of,
    zones_with_hours,
)

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "validation" / "carbon_hours.md"
_HEAD = """# Carbon by the hour against the measured

Written by `python -m tools.validate_carbon_hours --sources FOLDER`; the raw hours are not part of
the package.

`supply.hourly_carbon` follows a measured shape in {measured} zones and a modelled one in {modelled}
more, those whose wind or solar is known by the hour ([supply](../supply.md#carbon-of-the-grid)). Of
what wind and solar displace above their mean, {arrives:.0%} arrives in the zone's own carbon, for
load, dams and trade follow too. That share is the one number fitted, to the zones below. Here each
of them is left out of the fit and modelled as if it were not measured: root mean square error of
month and hour over the annual mean, against a profile by month alone (the season of hydropower).

| zone | by month [-] | modelled by hour [-] | share, fitted to the others |
|---|---|---|---|
"""
_TAIL = """
Modelled shapes are nearer than those by month in {better} of {all} zones; in the mean the error
falls from {before:.3f} to {after:.3f}, most where the sun is strong (California, Australia), least
where load and trade decide (PJM, New York, Britain). Load has no hours here, so that evening peaks
are missed.
"""


def _error(a: FloatArray, b: FloatArray) -> float:
    return float(np.sqrt((WEIGHTS * (a - b) ** 2).sum()))


def page(sources: Path) -> Iterator[str]:
    """The whole page.

    Parameters
    ----------
    sources : Path
        Folder of the raw sources.
    """
    catalogue = load_catalogue()
    found, measured = zones_with_hours(catalogue, sources), dict(measured_shapes(catalogue))
    both = {name: found[name] for name in sorted(set(found) & set(measured))}
    count = {"measured": len(measured), "modelled": len(set(found) - set(measured))}
    yield _HEAD.format(arrives=ARRIVES, **count)
    errors = []
    for name, zone in both.items():
        share = fit({other: both[other] for other in both if other != name}, measured)
        month, hour = (_error(s, measured[name]) for s in (zone.by_month, shape_of(zone, share)))
        errors.append((month, hour))
        yield f"| {name} | {month:.3f} | {hour:.3f} | {share:.2f} |\n"
    before, after = np.array(errors).T
    better = int((after < before).sum())
    yield _TAIL.format(better=better, all=len(both), before=before.mean(), after=after.mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=Path, required=True, help="folder of the raw sources")
    PAGE.write_text("".join(page(parser.parse_args().sources)), encoding="utf-8")
    print(f"wrote {PAGE}")
