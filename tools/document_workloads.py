"""Write docs/workloads.md and its figure: ``python -m tools.document_workloads``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from siting.physics.workloads import ALGORITHM_HALVING_MONTHS, HARDWARE, PRESETS
from tools.press_verdicts import CHATS_PER_DAY, verdicts
from tools.workload_places import CASES, HUBS, Place, places, work_at

__all__ = ["FIGURE", "PAGE", "main", "page"]

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "workloads.md"
FIGURE = ROOT / "docs" / "img" / "workloads.png"

INTRODUCTION = """# Workloads

Written by `python -m tools.document_workloads`. A study may name what is computed rather than
megawatts:

```yaml
workloads:
  - {name: chat, preset: chat, requests_per_day: 2.0e8, max_rtt_ms: 150}
  - {name: training, preset: gpt3_training, runs_per_year: 40, hardware: h100, max_rtt_ms: null}
```

A preset fills in `wh_per_request` or `mwh_per_run`, and `reported_pue`: the PUE that the published
figure holds, which is divided out so that cooling is not counted twice. With energy of your own,
leave the preset out.
"""

DESIGNS = """## Which designs its servers take

A workload may name the designs that may host its servers (`designs`). Without it every
design of the study may take it, and liquid at warm water, which needs least energy nearly
everywhere, tends to take all:

```yaml
workloads:
  - name: web
    it_mw: 200
    max_rtt_ms: 20
    designs: [air_economizer, air_evaporative, indirect_evaporative, water_economizer, air_chiller]
  - {name: training, it_mw: 400, hardware: accelerators, max_rtt_ms: null}      # any design
```

How much of the IT may be liquid is the planner's to say. 18 % of 388 operators used liquid cooling
at all in 2025 and 62 % considered it (Uptime Institute, Cooling Systems Survey 2025, in UII Update
431), so that most servers in use are cooled by air; typical racks move towards 10 kW, a quarter of
operators have denser ones (Uptime Institute, Global Data Center Survey 2025, in UII Update 495).
For a fleet of general servers name designs for air; for dense racks of accelerators leave the key
out. Even there cold plates take only `halls.liquid_share` of the heat, 0.8 by default; air takes
the rest (physics.md). Where designs stand side by side (`limits.designs_per_site`), each carries
what accepts it; otherwise a site serves only workloads that take its design.
"""

LEVERS = """## Levers

- `hardware`, where it names a generation, moves the energy of a preset from the hardware that it
  was published for to another by peak arithmetic per watt. That is the most it can gain: memory and
  networks gain less. `accelerators`, `general`, `storage` and `none` set the embodied carbon of the
  servers alone (supply.md).
- `algorithm_years` counts the years since then in which algorithms got better: computing for the
  same result halves every {months:g} months (range {low:g} to {high:g}; {source}). What is saved is
  seldom banked: models grow, so a year of progress is an assumption about the service, not a
  forecast.
- `utilization` is the mean load over what is built: at 0.5 twice the servers and halls stand, with
  their embodied carbon and cost. The energy of the work stays as published.
"""

READING = """Electricity is that of the grid of the place over its life cycle (by location); *hydro*
is the same work on contracted hydropower at 24 g/kWh, where any stands within 150 km. Water is on
site; then with that of the electricity, evaporation of reservoirs counted by the whole of it, or
not at all: the two conventions turn Luleå from the thirstiest place into the driest, so both are
shown. Hubs have cooling towers with an economizer, the same plant everywhere, so that the places
differ and not the engineers. Buildings, servers and networks are left out.
"""


def page(where: Sequence[Place]) -> str:
    """Text of the page."""
    run, months = PRESETS["gpt3_training"], ALGORITHM_HALVING_MONTHS
    day = CHATS_PER_DAY * PRESETS["chat"].it_value / 1e6
    levers = LEVERS.format(
        months=months.value, low=months.low, high=months.high, source=months.source
    )
    return "\n".join(
        [
            INTRODUCTION,
            "## Presets\n",
            _presets(),
            DESIGNS,
            levers,
            _hardware(),
            "## One GPT-3-size training run, and a day of 200 million chats\n",
            READING,
            "![Carbon and water of one training run by place](img/workloads.png)\n",
            f"### One training run: {run.it_value:,.0f} MWh of IT\n",
            _impacts(run.it_value, where),
            f"### 200 million chats, one day: {day:,.0f} MWh of IT\n",
            _impacts(day, where),
            "## Where the press is right and where not\n",
            _press(where),
        ]
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = ()) -> str:
    right = set(numbers)
    rule = "".join("--:|" if i in right else "---|" for i in range(len(heads)))
    lines = ["| " + " | ".join(heads) + " |", f"|{rule}"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def _presets() -> str:
    heads = ("preset", "energy", "unit", "PUE inside", "of IT", "hardware", "label", "source")
    rows = [
        (
            f"`{p.name}`", f"{p.value:,g}", p.unit, f"{p.reported_pue:.2f}", f"{p.it_value:,.4g}",
            p.hardware or "not known", p.label, p.source,
        )
        for p in PRESETS.values()
    ]  # fmt: skip
    return _table(heads, rows, (1, 3, 4))


def _hardware() -> str:
    heads = (
        "hardware",
        "year",
        "peak, dense 16 bit [TFLOP/s]",
        "board [W]",
        "[TFLOP/s/W]",
        "source",
    )
    rows = [
        (
            f"`{h.name}`", str(h.year), f"{h.tflops:g}", f"{h.watts:g}",
            f"{h.tflops_per_watt:.2f}", h.source,
        )
        for h in HARDWARE.values()
    ]  # fmt: skip
    return _table(heads, rows, (1, 2, 3, 4))


def _impacts(it_mwh: float, where: Sequence[Place]) -> str:
    heads = (
        "place", "case, design", "PUE", "WUE [L/kWh]", "electricity [MWh]", "carbon [t]",
        "hydro [t]", "water on site [m³]", "with electricity's [m³]", "reservoirs at zero [m³]",
    )  # fmt: skip
    rows = []
    for place in where:
        work = work_at(it_mwh, place)
        hydro = "" if math.isnan(work.carbon_hydro_t) else f"{work.carbon_hydro_t:,.0f}"
        rows.append(
            (
                place.name, f"{place.case}, `{place.design}`", f"{place.pue:.3f}",
                f"{place.wue_l_per_kwh:.2f}", f"{work.energy_mwh:,.0f}", f"{work.carbon_t:,.0f}",
                hydro, f"{work.water_site_m3:,.0f}", f"{work.water_m3:,.0f}",
                f"{work.water_zero_hydro_m3:,.0f}",
            )
        )  # fmt: skip
    return _table(heads, rows, range(2, 10))


def _press(where: Sequence[Place]) -> str:
    text = (
        "Figures of the press of April 2024 (`tests/fixtures/press_figures.csv`), judged by the "
        "tables of this\nproject and by the sources named; those of the IEA (2025), Ember "
        "(2025)\nand Meta (2023) are in the reports of `tools/press_verdicts.py`.\n\n"
    )
    rows = [(claim, f"**{word}**", why) for claim, word, why in verdicts(where)]
    return text + _table(("as claimed", "verdict", "why"), rows)


def draw(where: Sequence[Place], path: Path = FIGURE) -> None:
    """Draw carbon and water of one training run by place."""
    work = [work_at(PRESETS["gpt3_training"].it_value, place) for place in where]
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(10.5, 4.6), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        y = np.arange(len(where))
        is_hub = np.array([p.case == "Hub of today" for p in where])
        carbon = np.array([w.carbon_t for w in work])
        for own, colour, label in ((~is_hub, "#0072B2", "places of the four cases"),
                                   (is_hub, "#9aa0a6", "hubs of today")):  # fmt: skip
            left.barh(y[own], carbon[own], color=colour, label=label)
        left.plot([w.carbon_hydro_t for w in work], y, "|", color="#D55E00", ms=14, mew=2,
                  label="with contracted hydropower")  # fmt: skip
        left.set_title("Carbon of one training run [t CO₂e]", loc="left", fontsize=9)
        site = np.array([w.water_site_m3 for w in work])
        dry = np.array([w.water_zero_hydro_m3 for w in work])
        right.barh(y, dry - site, left=site, color="#E69F00", label="of the electricity")
        right.barh(y, site, color="#56B4E9", label="on site")
        right.set_title(
            "Water of one training run, reservoirs at zero [m³]", loc="left", fontsize=9
        )
        for axes in (left, right):
            axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.06), ncols=3)
            axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        left.set_yticks(y, [p.name.split(" (")[0] for p in where])
        left.invert_yaxis()
        left.axvline(552, color="black", lw=0.8, ls=":")
        left.text(556, -0.55, "552 as claimed", fontsize=7.5, va="bottom")
        right.axvline(700, color="black", lw=0.8, ls=":")
        right.text(720, -0.55, "700 as claimed", fontsize=7.5, va="bottom")
        figure.savefig(path, dpi=130, metadata={"Software": ""})


def main() -> None:
    """Write the page and draw its figure."""
    where = places((*CASES, *HUBS))
    PAGE.write_text(page(where), encoding="utf-8")
    draw(where)
    for path in (PAGE, FIGURE):
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
