"""Water of evaporative halls, published and predicted at both humidification floors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tools.facilities import AWS, AZURE, Facility, predict

__all__ = ["FLOORS", "evaporative", "rank_correlation", "water_section"]

#: Floors by name: that of today's allowable envelopes, and that of the guidelines of 2008 and 2011.
FLOORS: Mapping[str, float | None] = {"today's, -12 °C": None, "of 2011, 5.5 °C": 5.5}

TEXT = """## Water of evaporative halls

Outside air with wetted media takes water on hot days, and in the cold to keep the air from being
too dry. The floor decides the second part: the guidelines of 2008 and 2011 recommended a dew point
of 5.5 °C, those since 2015 allow -12 °C. **Rank** is Spearman's correlation of published and
predicted water, errors are *predicted minus published*; nothing is fitted.
"""

READING = """Operators differ. AWS and the Azure regions built since 2022 report next to nothing in
cold places, as today's floor has it; with the floor of 2011 cold places came out as the thirstiest
and the ranks of AWS turned round. Meta states the floor of 2011 for Prineville, and Azure's older
regions report the water that it takes. With today's floor what is left is wetting on hot days, and
the model lies below nearly all of them: flushing of the media is counted as bleed alone. The band
of a figure reaches from the one floor to the other.
"""


def evaporative(facilities: Sequence[Facility]) -> list[Facility]:
    """Figures of halls with wetted media that publish their water."""
    return [f for f in facilities if f.design == "air_evaporative" and f.wue_l_per_kwh is not None]


def rank_correlation(x: Sequence[float], y: Sequence[float]) -> float:
    """Spearman's rank correlation, ties at their mean rank. [-]."""
    return float(np.corrcoef(_ranks(x), _ranks(y))[0, 1])


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    found = np.asarray(values, dtype=float)
    below = (found[:, None] > found).sum(axis=1)
    return np.asarray(below + 0.5 * ((found[:, None] == found).sum(axis=1) - 1))


def water_section(facilities: Sequence[Facility]) -> str:
    """Section of the page: groups of figures, then every figure at both floors."""
    rows = evaporative(facilities)
    found = {
        name: [
            p.wue.value
            for p in predict([replace(f, min_dew_point_c=floor) for f in rows], bands=False)
        ]
        for name, floor in FLOORS.items()
    }
    return "\n".join([TEXT, _groups(rows, found), READING, _figures(rows, found)])


def _group(f: Facility) -> str:
    if f.operator == AZURE:
        return f"Azure, {f.kind}"
    return f"AWS, {f.year}" if f.operator == AWS else f.operator


def _groups(rows: Sequence[Facility], found: Mapping[str, Sequence[float]]) -> str:
    heads = [f"rank, floor {name} | mean error | mean absolute error" for name in found]
    lines = ["| group | figures | " + " | ".join(heads) + " |", "|---|--:" + "|--:" * 6 + "|"]
    for group in dict.fromkeys(_group(f) for f in rows):
        inside = [i for i, f in enumerate(rows) if _group(f) == group]
        published = [rows[i].wue_l_per_kwh or 0.0 for i in inside]
        cells = [group, f"{len(inside)}"]
        for values in found.values():
            here = [values[i] for i in inside]
            errors = np.subtract(here, published)
            rank = f"{rank_correlation(published, here):+.2f}" if len(set(here)) > 3 else ""
            cells += [rank, f"{errors.mean():+.3f}", f"{np.abs(errors).mean():.3f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _figures(rows: Sequence[Facility], found: Mapping[str, Sequence[float]]) -> str:
    heads = [f"floor {name}" for name in found]
    lines = ["| place | operator | year | WUE published [L/kWh] | " + " | ".join(heads) + " |"]
    lines.append("|---|---|---|--:" + "|--:" * len(found) + "|")
    for i, f in enumerate(rows):
        values = " | ".join(f"{values[i]:.2f}" for values in found.values())
        lines.append(f"| {f.place} | {f.operator} | {f.year} | {f.wue_l_per_kwh:.2f} | {values} |")
    return "\n".join(lines) + "\n"
