"""Write docs/nomenclature.md and the tables of docs/physics.md.

Usage: ``python -m tools.document_physics``. The numbers live in the parameter tables of
``siting.physics``; the pages only show them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from siting.catalogue import load_catalogue
from siting.nomenclature import markdown_table
from siting.physics import DESIGNS, ENVELOPES, Inputs, Parameter, latency, plant, towers
from siting.physics import parameters as practice
from siting.physics.cooling import facility_water, once_through, outside_air
from siting.physics.designs import REFRIGERANT_GWP, REFRIGERANT_LEAK_PER_YEAR
from siting.physics.workloads import OTHER_IT, SERVER_YEARS, SERVERS
from siting.profile import Where, find_place
from siting.profile.designs import annual_figures

__all__ = ["NOMENCLATURE", "PHYSICS", "nomenclature_page", "physics_page"]

DOCS = Path(__file__).resolve().parent.parent / "docs"
PHYSICS, NOMENCLATURE = DOCS / "physics.md", DOCS / "nomenclature.md"
MARKER = "<!-- From here on written by `python -m tools.document_physics`. -->\n"

HOT_PLACE, SHARES = "singapore", (0.6, 0.8, 1.0)

TABLES: tuple[tuple[str, Mapping[str, Parameter]], ...] = (
    ("Electrical losses, shares of rated IT power", plant.ElectricalParameters.table()),
    ("Fans, pumps and chillers below full load", plant.PartLoadParameters.table()),
    ("Practice: factor on the energy beyond the IT", practice.PRACTICES),
    ("Cooling towers", towers.TowerParameters.table()),
    ("Outside air: `air_economizer`, `air_evaporative`", outside_air.DirectParameters.table()),
    ("`indirect_evaporative`", outside_air.IndirectParameters.table()),
    (
        "Chilled water: `water_economizer`, `air_chiller`",
        facility_water.ChilledWaterParameters.table(),
    ),
    (
        "Liquid: `dry_cooler_liquid`, `adiabatic_liquid`, `tower_liquid`",
        facility_water.LiquidParameters.table(),
    ),
    ("`lake_water`", once_through.IntakeParameters.table()),
    ("`sea_water`", once_through.SeaParameters.table()),
    ("`subsea_pod`", once_through.PodParameters.table()),
    (
        "`absorption_trigen`, beside chilled water and towers",
        facility_water.TrigenerationParameters.table(),
    ),
    ("Round-trip time", latency.LatencyParameters.table()),
)


def _parameters(rows: Iterable[Parameter]) -> Iterator[str]:
    yield "| parameter | value | range | unit | label | source |\n|---|---|---|---|---|---|\n"
    for p in rows:
        span = f"{p.low:g} to {p.high:g}"
        yield f"| `{p.name}` | {p.value:g} | {span} | {p.unit} | {p.label} | {p.source} |\n"


def _designs() -> Iterator[str]:
    yield "| design | needs | block [MW] | capex [USD/kW] | life [yr] "
    yield "| building and plant [kgCO2e/kW/yr] | spare servers [-] | refrigerant [t/MW/yr] |\n"
    yield "|---|---|---|---|---|---|---|---|\n"
    for d in DESIGNS.values():
        cells = (
            f"`{d.name}`: {d.title}",
            ", ".join(sorted(d.needs)) or "-",
            f"{d.block_mw:g}",
            f"{d.capex_usd_per_kw:g}",
            f"{d.lifetime_years:g}",
            f"{d.embodied_kg_per_kw_yr:g}",
            f"{d.it_spare_share:g}",
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


def _liquid() -> Iterator[str]:
    """Annual PUE of a liquid-cooled design at one hot, humid place."""
    catalogue = load_catalogue()
    weather = find_place(Where(HOT_PLACE, None, None, None), catalogue).weather
    inputs: Inputs = {
        "temp_dry_bulb_c": weather.temp_dry_bulb_c[0],
        "temp_dew_point_c": weather.temp_dew_point_c[0],
        "pressure_pa": np.broadcast_to(weather.pressure_pa, weather.temp_dry_bulb_c.shape)[0],
        "practice": "best",
    }
    heads = [f"plates take {share:.0%}" for share in SHARES] + ["80 %, room air of 32 °C"]
    yield "Annual PUE and WUE [L/kWh] of `adiabatic_liquid` in Singapore, practice *best*.\n\n"
    yield f"| class | {' | '.join(heads)} |\n" + "|---" * (len(heads) + 1) + "|\n"
    for name in ("W17", "W27", "W32", "W40", "W45", "W+"):
        cells = []
        for share, air in (*((share, None) for share in SHARES), (0.8, 32.0)):
            inputs |= {"water_class": name, "liquid_share": share, "supply_air_c": air}
            found = annual_figures("adiabatic_liquid", weather.hours, **inputs)
            cells.append(f"{found['pue']:.3f}, {found['wue_l_per_kwh']:.2f}")
        yield f"| {name} | {' | '.join(cells)} |\n"


def _tables() -> Iterator[str]:
    yield "\n## Designs\n\n"
    yield from _designs()
    yield "\n## Liquid cooling by class and share\n\n"
    yield from _liquid()
    yield "\n## Inlet envelopes\n\n"
    yield from _envelopes()
    yield "\n## Parameters\n"
    for title, rows in TABLES:
        yield f"\n### {title}\n\n"
        yield from _parameters(rows.values())
    yield "\n### Embodied carbon of servers by hardware\n\n"
    yield from _parameters((*SERVERS.values(), OTHER_IT, SERVER_YEARS))
    yield "\n### Carbon of equipment and fuel\n\n"
    yield from _parameters(
        (REFRIGERANT_LEAK_PER_YEAR, REFRIGERANT_GWP, facility_water.GAS_EMISSIONS_KG_PER_KWH)
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
