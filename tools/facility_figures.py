"""Figures of docs/validation/facilities.md: published against predicted, bands as bars."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from siting.physics import DESIGNS
from tools.facilities import AWS, AZURE, GOOGLE, Prediction

__all__ = ["draw_all"]

# Okabe and Ito (2008), told apart with any colour vision; markers say the same again.
STYLE = {
    "air_evaporative": ("#0072B2", "o"),
    "water_economizer": ("#D55E00", "s"),
    "air_economizer": ("#56B4E9", "D"),
    "indirect_evaporative": ("#CC79A7", "P"),
    "tower_liquid": ("#E69F00", "^"),
    "dry_cooler_liquid": ("#000000", "v"),
    "lake_water": ("#009E73", "X"),
    "sea_water": ("#999999", "<"),
    "subsea_pod": ("#5B3A8E", ">"),
}
LIGHT = "#9aa0a6"
CLOUDS = (AZURE, AWS, GOOGLE)


def draw_all(
    predictions: Sequence[Prediction], held_out: Sequence[Prediction], folder: Path
) -> list[Path]:
    """Draw the figures into a folder and name the files."""
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figures = {
            "facilities_scatter.png": _scatter(predictions, held_out),
            "facilities_bands.png": _bands(predictions),
            "facilities_held_out.png": _bands(held_out),
        }
        for name, figure in figures.items():
            figure.savefig(folder / name, dpi=130, metadata={"Software": ""})
    return [folder / name for name in figures]


def _scatter(predictions: Sequence[Prediction], held_out: Sequence[Prediction]) -> Figure:
    """PUE on the left and WUE on the right, the line is perfect agreement."""
    figure = Figure(figsize=(10.5, 5.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    for rows, filled in ((predictions, True), (held_out, False)):
        for p in rows:
            f = p.facility
            if f.pue is not None and not f.bound:
                _point(left, f.design, f.pue, p.pue.value, filled=filled)
            if f.wue_l_per_kwh is not None:
                _point(right, f.design, f.wue_l_per_kwh, p.wue.value, filled=filled)
    _square(left, (1.0, 1.5), "PUE")
    _square(right, (-0.05, 3.0), "WUE [L/kWh]")
    for gap in (-0.06, 0.06):
        left.plot([1.0, 1.5], [1.0 + gap, 1.5 + gap], color=LIGHT, lw=0.8, ls=":")
    handles, labels = _legend(left, right)
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    left.set_title("PUE: dotted lines are ±0.06; hollow: AWS and Google, held out", loc="left")
    right.set_title("WUE on site", loc="left")
    return figure


def _point(axes: Axes, design: str, published: float, predicted: float, *, filled: bool) -> None:
    colour, marker = STYLE[design]
    face, edge, width = (colour, "white", 0.5) if filled else ("none", colour, 1.0)
    axes.plot(
        published, predicted, marker, ms=6, alpha=0.8, mfc=face, mec=edge, mew=width,
        label=DESIGNS[design].title if filled else None,
    )  # fmt: skip


def _square(axes: Axes, limits: tuple[float, float], name: str) -> None:
    axes.plot(limits, limits, color=LIGHT, lw=1.0)
    axes.set(xlim=limits, ylim=limits, xlabel=f"published {name}", ylabel=f"predicted {name}")
    axes.set_aspect("equal")


def _legend(*panels: Axes) -> tuple[list[Artist], list[str]]:
    found: dict[str, Artist] = {}
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    return list(found.values()), list(found)


def _bands(predictions: Sequence[Prediction]) -> Figure:
    """One line a facility: band, prediction, and what is published; clouds their last year only."""
    last = {p.facility.region: p for p in predictions if p.facility.operator in CLOUDS}
    rows = [
        p for p in predictions if p.facility.operator not in CLOUDS and p.facility.pue is not None
    ]
    rows += sorted(last.values(), key=lambda p: (p.facility.operator, p.facility.place))
    figure = Figure(figsize=(9.0, 0.23 * len(rows) + 1.2), layout="constrained")
    axes = figure.subplots()
    for y, p in enumerate(rows):
        colour, marker = STYLE[p.facility.design]
        axes.plot([p.pue.low, p.pue.high], [y, y], color=colour, lw=3.5, alpha=0.35)
        axes.plot(p.pue.value, y, marker, color=colour, ms=5)
        published = p.facility.pue if p.facility.pue is not None else float("nan")
        sign = {"upper": "$\\leftarrow$", "lower": "$\\rightarrow$", "": "o"}[p.facility.bound]
        axes.plot(
            published, y, marker=sign, ms=8, mfc="none", mec="black" if p.agrees else "#c62828",
            mew=1.2,
        )  # fmt: skip
    names = [f"{_short(p.facility.place)}, {p.facility.year}" for p in rows]
    axes.set_yticks(np.arange(len(rows)), names, fontsize=7.5)
    axes.set(ylim=(len(rows) - 0.3, -0.7), xlim=(1.0, 1.65), xlabel="annual PUE")
    axes.set_title(
        "Bars: predicted band and value. Rings: published, arrows: published as a bound;\n"
        "red: the band does not allow it",
        loc="left", fontsize=9,
    )  # fmt: skip
    axes.grid(axis="x", color="#e0e0e0", lw=0.6)
    return figure


def _short(place: str) -> str:
    """Name without the operator or the region in brackets."""
    return place if "minimum" in place else place.split(" (")[0]
