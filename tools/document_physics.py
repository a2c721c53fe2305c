"""Write docs/nomenclature.md and the tables of docs/physics.md.

Usage: ``python -m tools.document_physics``. The numbers live in the parameter tables of
``siting.physics``; the pages only show them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from siting.nomenclature import markdown_table
from siting.physics import (
    DESIGNS,
    ENVELOPES,
    Parameter,
    electrical,
    latency,
    part_load,
    towers,
)
from siting.physics.cooling import (
    chilled_water,
    heat_reuse,
    indirect_evaporative,
    liquid,
    once_through,
    outside_air,
    trigeneration,
)
from siting.physics.designs import (
    REFRIGERANT_GWP,
    REFRIGERANT_LEAK_PER_YEAR,
    SERVER_EMBODIED_KG_PER_KW_YR,
)

__all__ = ["NOMENCLATURE", "PHYSICS", "nomenclature_page", "physics_page"]

DOCS = Path(__file__).resolve().parent.parent / "docs"
PHYSICS, NOMENCLATURE = DOCS / "physics.md", DOCS / "nomenclature.md"
MARKER = "<!-- From here on written by `python -m tools.document_physics`. -->\n"

TABLES: tuple[tuple[str, Mapping[str, Parameter]], ...] = (
    ("Electrical losses, shares of rated IT power", electrical.PARAMETERS),
    ("Fans, pumps and chillers below full load", part_load.PARAMETERS),
    ("Cooling towers", towers.PARAMETERS),
    ("Outside air: `air_economizer`, `air_evaporative`", outside_air.PARAMETERS),
    ("`indirect_evaporative`", indirect_evaporative.PARAMETERS),
    ("Chilled water: `water_economizer`, `air_chiller`", chilled_water.PARAMETERS),
    ("Liquid: `dry_cooler_liquid`, `adiabatic_liquid`, `tower_liquid`", liquid.PARAMETERS),
    ("`lake_water`", once_through.LAKE_PARAMETERS),
    ("`sea_water`", once_through.SEA_PARAMETERS),
    ("`subsea_pod`", once_through.POD_PARAMETERS),
    ("`absorption_trigen`, beside chilled water and towers", trigeneration.PARAMETERS),
    ("Heat reuse", heat_reuse.PARAMETERS),
    ("Round-trip time", latency.PARAMETERS),
)


def _parameters(rows: Iterable[Parameter]) -> Iterator[str]:
    yield "| parameter | value | range | unit | label | source |\n|---|---|---|---|---|---|\n"
    for p in rows:
        span = f"{p.low:g} to {p.high:g}"
        yield f"| `{p.name}` | {p.value:g} | {span} | {p.unit} | {p.label} | {p.source} |\n"


def _designs() -> Iterator[str]:
    yield "| design | needs | block [MW] | capex [USD/kW] | life [yr] "
    yield "| building and plant [kgCO2e/kW/yr] | IT [kgCO2e/kW/yr] | refrigerant [t/MW/yr] |\n"
    yield "|---|---|---|---|---|---|---|---|\n"
    for d in DESIGNS.values():
        cells = (
            f"`{d.name}`: {d.title}",
            ", ".join(sorted(d.needs)) or "-",
            f"{d.block_mw:g}",
            f"{d.capex_usd_per_kw:g}",
            f"{d.lifetime_years:g}",
            f"{d.embodied_kg_per_kw_yr:g}",
            f"{d.it_embodied_kg_per_kw_yr:.0f}",
            f"{d.refrigerant_t_per_mw_yr:.1f}",
        )
        yield f"| {' | '.join(cells)} |\n"
    yield f"\nLabel and source of these: {next(iter(DESIGNS.values())).source}.\n"


def _envelopes() -> Iterator[str]:
    yield "| class | dry bulb [°C] | dew point [°C] | highest humidity [-] |\n|---|---|---|---|\n"
    for e in ENVELOPES.values():
        dry = f"{e.temp_low_c:g} to {e.temp_high_c:g}"
        dew = f"{e.dew_point_low_c:g} to {e.dew_point_high_c:g}"
        yield f"| {e.name} | {dry} | {dew} | {e.relative_humidity_high:g} |\n"


def _tables() -> Iterator[str]:
    yield "\n## Designs\n\n"
    yield from _designs()
    yield "\n## Inlet envelopes\n\n"
    yield from _envelopes()
    yield "\n## Parameters\n"
    for title, rows in TABLES:
        yield f"\n### {title}\n\n"
        yield from _parameters(rows.values())
    yield "\n### Carbon of equipment and fuel\n\n"
    yield from _parameters(
        (
            SERVER_EMBODIED_KG_PER_KW_YR,
            REFRIGERANT_LEAK_PER_YEAR,
            REFRIGERANT_GWP,
            trigeneration.GAS_EMISSIONS_KG_PER_KWH,
        )
    )


def physics_page(page: str) -> str:
    """Return the page with new tables below the marker."""
    text, _, _ = page.partition(MARKER)
    return text + MARKER + "".join(_tables())


def nomenclature_page() -> str:
    """Return the page of the nomenclature."""
    head = (
        "# Nomenclature\n\nEvery quantity has one name: in a study, an argument, a field and a "
        "column. Written by\n`python -m tools.document_physics` from `siting/nomenclature.py`.\n\n"
    )
    return head + markdown_table()


if __name__ == "__main__":
    PHYSICS.write_text(physics_page(PHYSICS.read_text(encoding="utf-8")), encoding="utf-8")
    NOMENCLATURE.write_text(nomenclature_page(), encoding="utf-8")
    print(f"wrote {PHYSICS} and {NOMENCLATURE}")
