"""Write the tables of docs/economics.md from their figures: ``python -m tools.document_economics``.

The text above the marker is written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from siting.physics import DESIGNS, Parameter
from siting.physics.designs import SERVER_YEARS, UPKEEP
from siting.physics.parameters import SITE_COSTS
from siting.supply.grid import ELECTRICITY_TAXES, USD_PER_EUR

__all__ = ["PAGE", "with_tables"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "economics.md"
MARKER = "<!-- From here on written by `python -m tools.document_economics`. -->\n"


def with_tables(page: str) -> str:
    """Return the page with new tables below the marker."""
    text, _, _ = page.partition(MARKER)
    return text + MARKER + "".join(_tables())


def _tables() -> Iterator[str]:
    yield "\n## A site: `economics.site`\n\n"
    yield "| key | value | range | unit | label | source |\n|---|---|---|---|---|---|\n"
    yield from (f"| `{name}` {_cells(row)}" for name, row in SITE_COSTS.items())
    yield "\n## Running halls: `economics.designs`\n\n"
    yield "| design | key | value | range | unit | label | source |\n"
    yield "|---|---|---|---|---|---|---|\n"
    for design in DESIGNS:
        yield from (f"| `{design}` | `{n}` {_cells(row)}" for n, row in UPKEEP[design].items())
    yield f"\nServers elsewhere are taken to live {SERVER_YEARS.value:g} years "
    yield f"({SERVER_YEARS.low:g} to {SERVER_YEARS.high:g}).\n"
    yield from _taxes()


def _taxes() -> Iterator[str]:
    yield "\n## Tax on electricity: `economics.electricity_tax: country`\n\n"
    yield "| countries | EUR/MWh | large users | label | source |\n|---|---|---|---|---|\n"
    rates = dict.fromkeys(ELECTRICITY_TAXES.values())
    for rate in rates:
        names = ", ".join(sorted(n for n, own in ELECTRICITY_TAXES.items() if own == rate))
        span = f"{rate.low:g} to {rate.high:g}"
        yield f"| {names} | {rate.eur_per_mwh:g} | {span} | {rate.label} | {rate.source} |\n"
    yield f"\nAt {USD_PER_EUR:g} USD/EUR, as the prices of the grid; countries that are not named "
    yield "have none here.\n"


def _cells(row: Parameter) -> str:
    span = f"{row.low:,.10g} to {row.high:,.10g}"
    return f"| {row.value:,.10g} | {span} | {row.unit} | {row.label} | {row.source} |\n"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {PAGE}")
