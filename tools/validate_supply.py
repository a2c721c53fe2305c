"""Writes docs/validation/supply.md: water, mix, carbon and price of grids against the published.

python -m tools.validate_supply
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from siting.catalogue import Catalogue, load_catalogue
from siting.supply import HYDRO_WATER, grid_table, grid_water_l_per_kwh

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "validation" / "supply.md"

HEAD = """# Electricity supply against published figures

Written by `python -m tools.validate_supply` from the tables of `geodata/`; no
table is fitted to these figures.
"""


def table(heads: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> Iterator[str]:
    """Lines of a table."""
    yield f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n"
    for row in rows:
        yield f"| {' | '.join(str(cell) for cell in row)} |\n"


def water(catalogue: Catalogue) -> Iterator[str]:
    """Water of grids under each convention beside WRI's figure of the country."""
    grid = grid_table(catalogue)
    whole = grid[~grid.index.str.contains("-")].dropna(subset=["water_wri_l_per_kwh"])
    whole = whole.dropna(subset=["water_l_per_kwh"]).sort_values("name")
    published = whole["water_wri_l_per_kwh"].to_numpy()
    zones = whole.index.tolist()
    ours = {name: grid_water_l_per_kwh(grid, zones, name) for name in HYDRO_WATER}
    yield "\n## Water of grids\n\n"
    yield (
        "Water consumed to make a kWh, against the figures that the World Resources Institute "
        "published for whole countries (2020).\nLi, Ren et al. (arXiv:2304.03271) take the same "
        "figures outside the United States; their own table is not at hand here.\n\n"
    )
    heads = ("convention", "countries", "bias [L/kWh]", "median error", "within 1 %")
    yield from table(heads, (_errors(name, ours[name], published) for name in HYDRO_WATER))
    yield (
        "\n`best` and `country` take the published figure itself, which is the point: parts of "
        "these countries (Norwegian zones,\nChinese provinces) then have the hydropower of their "
        "country. The bottom-up conventions err by hydropower:\n\n"
    )
    columns = ("country", "hydro share", "WRI", *HYDRO_WATER, "hydropower by country", "label")
    rows = (
        (
            row["name"], f"{row['hydro_share']:.0%}", f"{published[i]:.2f}",
            *(f"{ours[name][i]:.2f}" for name in HYDRO_WATER),
            f"{row['hydro_water_l_per_kwh']:.1f}", row["hydro_water_label"],
        )
        for i, (_, row) in enumerate(whole.iterrows())
    )  # fmt: skip
    yield from table(columns, rows)


def _errors(name: str, ours: np.ndarray, published: np.ndarray) -> tuple[object, ...]:
    off = ours / published - 1.0
    bias = float(np.mean(ours - published))
    return (
        f"`{name}`",
        len(ours),
        f"{bias:+.2f}",
        f"{np.median(np.abs(off)):.0%}",
        f"{int((np.abs(off) < 0.01).sum())}",
    )


def page(catalogue: Catalogue | None = None) -> str:
    """The whole page."""
    found = catalogue or load_catalogue()
    return "".join([HEAD, *water(found)])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
