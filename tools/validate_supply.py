"""Writes docs/validation/supply.md: water, mix, carbon and price of grids against the published.

python -m tools.validate_supply
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from siting.catalogue import Catalogue, load_catalogue
from siting.supply import HYDRO_WATER, grid_table, grid_water_l_per_kwh
from siting.supply.hydro import hydro_water_origin
from siting.supply.tables import FUELS
from tools.validate_connections import connections

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


def contracts(catalogue: Catalogue) -> Iterator[str]:
    """Water of contracted hydropower at the candidates, and what their plants leave open."""
    places = catalogue.candidates[catalogue.candidates["hydro_mw_150km"].fillna(0.0) > 0]
    rows = pd.DataFrame(
        hydro_water_origin(catalogue, places), index=places.index, columns=["water", "label", "by"]
    )
    rows["country"] = places["country"]
    yield "\n## Contracted hydropower\n\n"
    yield (
        "Under `best` a contract has the water of the plants within 150 km: none for run-of-river "
        "and canals, for reservoirs\nwhat keeps the country's mean, for plants of unknown kind "
        "that mean. Kinds are known in Europe (JRC) and Canada\n(GloHydroRes v1); of the capacity "
        "of known kind 29 % is run-of-river. Elsewhere the value is *assumed*: any plant may\nbe "
        "none or 1.4 times the mean, as `provenance.csv` of a run says site by site.\n\n"
    )
    heads = ("country", "sites with plants", "L/kWh", "label", "an example")
    yield from table(heads, (_contract_row(k, g) for k, g in rows.groupby("country")))


def _contract_row(country: Hashable, sites: pd.DataFrame) -> tuple[object, ...]:
    low, high = sites["water"].min(), sites["water"].max()
    span = f"{low:.1f}" if high - low < 0.05 else f"{low:.1f} to {high:.1f}"
    labels = ", ".join(sorted(set(sites["label"])))
    return country, len(sites), span, labels, f"{sites.index[0]}: {sites['by'].iloc[0]}"


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


def mixes(catalogue: Catalogue) -> Iterator[str]:
    """Renewable and carbon-free shares of every zone, ours as read against the published."""
    grid, raw = grid_table(catalogue), catalogue.grid_zones
    fuels = [f"{fuel}_share" for fuel in FUELS]
    table_of = {
        name: 100.0 * frame[fuels[4:]].sum(axis=1, skipna=False).reindex(grid.index)
        for name, frame in (("raw", raw), ("ours", grid))
    }
    free = table_of["ours"] + 100.0 * grid["nuclear_share"]
    known = grid["renewable_pct"].notna() & free.notna()
    moved = (grid["mix_source"] != raw["mix_source"].reindex(grid.index)) & known
    yield "\n## Shares of generation\n\n"
    off = (table_of["ours"] - grid["renewable_pct"]).abs()[known]
    before = (table_of["raw"] - grid["renewable_pct"]).abs()[known]
    yield (
        f"Renewable share of generation in {int(known.sum())} zones, ours against that of the "
        f"carbon (Electricity Maps 2024):\n{int((before > 10).sum())} zones were off by more than "
        f"ten points before they were put in line, {int((off > 10).sum())} are now.\n\n"
        "| zone | before | ours | published | carbon-free, ours | published |\n"
        "|---|---|---|---|---|---|\n"
    )
    for zone in grid.index[known]:
        mark = "*" if moved[zone] else ""
        yield (
            f"| {zone}{mark} | {table_of['raw'][zone]:.0f} | {table_of['ours'][zone]:.0f} | "
            f"{grid['renewable_pct'][zone]:.0f} | {free[zone]:.0f} | "
            f"{grid['carbon_free_pct'][zone]:.0f} |\n"
        )
    lost = [z for z in grid.index[known] if off[z] > 10]
    yield "\n\\* scaled. What cannot be known:\n\n"
    yield f"- the mix lacks the renewables that are published, and stays: {', '.join(lost)};\n"
    yield f"- no mix: {', '.join(grid.index[free.isna()])};\n"
    none = grid.index[free.notna() & grid["renewable_pct"].isna()]
    yield f"- no published shares: {', '.join(none)}.\n"


def prices(catalogue: Catalogue) -> Iterator[str]:
    """Prices of the zones of the candidates, with what each rests on."""
    grid = grid_table(catalogue)
    zones = sorted(set(catalogue.candidates["grid_zone"].dropna()) & set(grid.index))
    known = grid.loc[zones].dropna(subset=["price_usd_per_mwh"])
    counts = known["price_label"].value_counts()
    yield "\n## Prices\n\n"
    yield (
        f"Of {len(known)} zones with candidates {counts['measured']} prices are measured, "
        f"{counts['derived']} derived, {counts['modelled']} modelled and {counts['assumed']} "
        "assumed, these with their range.\nA year that the source does not tell is left out.\n\n"
    )
    heads = ("zone", "USD/MWh", "range", "label", "year", "source")
    yield from table(heads, (_price_row(zone, row) for zone, row in known.iterrows()))


def _price_row(zone: Hashable, row: pd.Series) -> tuple[object, ...]:
    low, high = row["price_low_usd_per_mwh"], row["price_high_usd_per_mwh"]
    span = f"{low:.0f} to {high:.0f}" if pd.notna(low) else ""
    year = f"{row['price_year']:.0f}" if pd.notna(row["price_year"]) else ""
    detail = row["price_detail"]
    told = f"; {detail}" if isinstance(detail, str) and detail else ""
    return zone, f"{row['price_usd_per_mwh']:.0f}", span, row["price_label"], year, (
        f"{row['price_source']}{told}"
    )  # fmt: skip


def page(catalogue: Catalogue | None = None) -> str:
    """The whole page."""
    found = catalogue or load_catalogue()
    return "".join(
        [HEAD, *water(found), *contracts(found), *mixes(found), *prices(found), *connections(found)]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
