"""Writes docs/validation/supply.md: water, mix, carbon and price of grids against the published.

python -m tools.validate_supply
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from siting.catalogue import Catalogue, load_catalogue
from siting.supply.hydro import HYDRO_WATER, hydro_water_origin
from siting.supply.tables import FUELS, by_zone, grid_table
from tools.build_geodata.supply_inputs import read_input
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
    ours = {name: by_zone(grid, zones, column) for name, column in HYDRO_WATER.items()}
    yield "\n## Water of grids\n\n"
    yield (
        "Water consumed to make a kWh, against the figures that the World Resources Institute "
        "published for whole countries (2020).\n\n"
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


def ren_water(catalogue: Catalogue) -> Iterator[str]:
    """Water of grids beside the table of Li, Ren et al., by country."""
    theirs, grid = read_input("ren_water"), grid_table(catalogue)
    ours = by_zone(grid, theirs["zone"].tolist(), HYDRO_WATER["country"])
    off = ours / theirs["l_per_kwh"].to_numpy() - 1.0
    abroad = theirs["zone"] != "US"
    yield "\n## Water of grids as Li, Ren et al. have it\n\n"
    yield (
        "Off-site water of table 1 of arXiv:2304.03271v5 (2025), all its countries; its American "
        "states are left out. The paper takes WRI's\nfigures, in gallons to two decimals, so that "
        f"agreement tells that both read the same table: {int((abs(off) < 0.01)[abroad].sum())} of "
        f"{int(abroad.sum())} countries outside the United\nStates are within 1 %. Australia's is "
        "1.125 gal/kWh where WRI has 1.249, the one of theirs with three decimals: a slip of 1.25, "
        "it seems.\nOurs stays WRI's.\n\n"
    )
    heads = ("country", "Li, Ren et al. [L/kWh]", "`country`", "off")
    rows = zip(theirs["place"], theirs["l_per_kwh"], ours, off, strict=True)
    yield from table(heads, ((p, f"{t:.3f}", f"{o:.3f}", f"{d:+.1%}") for p, t, o, d in rows))


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
        "that mean. Kinds are known in Europe (JRC) and Canada\n(GloHydroRes v1, the next table); "
        "of the capacity of known kind 29 % is run-of-river. Elsewhere the value is *assumed*: any "
        "plant may\nbe none or 1.4 times the mean, as `provenance.csv` of a run says site by "
        "site.\n\n"
    )
    heads = ("country", "sites with plants", "L/kWh", "label", "an example")
    yield from table(heads, (_contract_row(k, g) for k, g in rows.groupby("country")))


def kinds(catalogue: Catalogue) -> Iterator[str]:
    """What share of the hydropower of each country is known by kind, and what that leaves."""
    plants = pd.read_csv(catalogue.folder / "hydro_plants.csv").dropna(subset=["country"])
    told = plants["gen_gwh"].notna()
    usual = plants["gen_gwh"].sum() / (8.76 * plants["mw"][told].sum())
    profiles = catalogue.hydro_profiles["capacity_factor"].astype(float).groupby("zone").mean()
    factor = plants["country"].map(profiles).fillna(usual)
    plants["gwh"] = plants["gen_gwh"].fillna(8.76 * plants["mw"] * factor)
    total = plants["gwh"].sum()
    known = plants["gwh"][plants["kind"].notna()].sum()
    river = plants["gwh"][plants["kind"] == "river"].sum()
    yield "\n## Kinds of hydropower plants\n\n"
    yield (
        f"Of {total / 1e3:,.0f} TWh a year of {len(plants):,} plants of 50 MW and more (published "
        "generation, else capacity times the country's factor; pumped\nstorage is left out) the "
        f"kind is known for {known / total:.0%}, of which {river / known:.0%} is run-of-river. "
        "Elsewhere the raw sources name none: their lists of plants (WRI's\nGlobal Power Plant "
        "Database, PLEXOS-World) have no such column, and no table of reservoirs (GRanD, GeoDAR, "
        "the American inventory) is among\nthem; GloHydroRes v1 covers the world, but only its "
        "Canadian rows are at hand. Such plants have the mean of their country, *assumed*\nbetween "
        "none and the last column.\n\n"
    )
    heads = ("country", "plants", "TWh/yr", "known by kind", "of it run-of-river", "mean [L/kWh]",
             "all unknown run-of-river", "all unknown reservoirs")  # fmt: skip
    by_size = sorted(plants.groupby("country"), key=lambda item: -item[1]["gwh"].sum())
    yield from table(heads, (_kind_row(country, own) for country, own in by_size))


def _kind_row(country: Hashable, own: pd.DataFrame) -> tuple[object, ...]:
    gwh, known = own["gwh"], own["kind"].notna()
    water = own["water_l_per_kwh"]
    ends = (water, water.where(known, 0.0 * water), own["water_high_l_per_kwh"])
    means = [(each * gwh).sum(skipna=False) / gwh.sum() for each in ends]
    river = gwh[own["kind"] == "river"].sum() / gwh[known].sum() if known.any() else np.nan
    return (
        country, len(own), f"{gwh.sum() / 1e3:.1f}", f"{gwh[known].sum() / gwh.sum():.0%}",
        "" if np.isnan(river) else f"{river:.0%}",
        *("" if np.isnan(mean) else f"{mean:.1f}" for mean in means),
    )  # fmt: skip


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
        [
            HEAD,
            *water(found),
            *ren_water(found),
            *contracts(found),
            *kinds(found),
            *mixes(found),
            *prices(found),
            *connections(found),
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
