"""Write docs/validation/facilities.md and its figures: ``python -m tools.validate_facilities``.

Every number of the page is computed from ``tests/fixtures/facilities.csv`` and the built-in
climate and water, so it cannot drift from the code; a test compares the page with this script.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from siting.physics.lei_masanet import AirsideChiller, airside_chiller_pue
from tools.facilities import (
    AZURE,
    HELD_OUT,
    Prediction,
    azure_rows,
    mean_absolute_error,
    predict,
    read_facilities,
)
from tools.facility_figures import draw_all
from tools.facility_water import water_section

__all__ = ["FIGURES", "PAGE", "main", "page", "worked_example"]

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "validation" / "facilities.md"
FIGURES = PAGE.parent / "img"
EXAMPLE = ROOT / "tests" / "fixtures" / "pue_worked_example.json"

INTRODUCTION = """# Facilities: predicted against published

Written by `python -m tools.validate_facilities` from `tests/fixtures/facilities.csv`: all that
operators publish of a place with coordinates. Each facility has the design that its operator
describes, the built-in climate of its coordinates, the built-in water where it needs any, and the
parameters of [the tables](../physics.md), the same for all. No number was set for a place, and
none after seeing this page. Errors are *predicted minus published*. The band is that of
[the ranges of the parameters and of the load](../physics.md#bands).
"""

RULE = """## Azure regions

Azure publishes figures of regions, not the plant (Arizona excepted: outside air, evaporative above
29.4 °C). **One rule** for all of them: *outside air with wetted media; where the region reports, in
any year, more than 0.5 L/kWh, which wetted media take in none of them, cooling towers with an
economizer.* The rule reads published water and never published PUE. Figures of 2022 marked
`design` were projections for regions under construction.
"""

READING = """## Reading the errors

- **The model is an ideal plant of today.** Azure's measured regions lie above it nearly
  everywhere: they mix buildings of several generations, some with chillers, and reserve power at
  part load. Chicago, San Antonio and Singapore are far above. Nothing was changed for that.
- **A uniform rule hides this.** A rule of towers everywhere has a smaller mean error of the PUE
  than the stated one, for the wrong reason: it would put 1.2 to 1.8 L/kWh where 0.01 to 0.2 are
  reported. The rule that fits the water is kept.
- **Towers** meet the water of Phoenix, San Antonio, Singapore and Jakarta within 0.3 L/kWh, and are
  too high in Quincy, Taiwan and Chicago, where part of the plant evidently takes none.
- **Warm-water machines** (NREL, LUMI, Frontier) do better than the design, because plates take all
  of their heat and not 80 % of it, and much of their load has no UPS. The water of NREL is half of
  the prediction: a dry thermosyphon carries the other half, and heat is sold.
- **Qiandao** is published as "less than 1.3", which holds, and as 1.17 in its best hour, which is
  at the upper end of the band: the hall of 2015 took more than this lake plant would. Its 0.197
  L/kWh is water that the design does not have; humidifiers and offices are not modelled.
- **Gui'an** is published for a cluster as "less than 1.4", which says little.
- Recalled and unverified figures are marked; they carry less weight than the others.
"""


def page(predictions: Sequence[Prediction], facilities_pue: float) -> str:
    """Text of the page."""
    azure = azure_rows(predictions)
    parts = [
        INTRODUCTION,
        "![Published against predicted PUE and WUE](img/facilities_scatter.png)\n",
        "![Bands of each facility](img/facilities_bands.png)\n",
        "## In short\n",
        _summary(predictions),
        RULE,
        _rules_table(azure),
        _table(azure),
        "## Other facilities\n",
        _table([p for p in predictions if p.facility.operator != AZURE]),
        READING,
        water_section([*(p.facility for p in predictions), *read_facilities(HELD_OUT)]),
        _example_text(facilities_pue),
    ]
    return "\n".join(parts)


def worked_example(path: Path = EXAMPLE) -> tuple[float, float]:
    """PUE of the authors' worked example, here and as published."""
    example = json.loads(path.read_text(encoding="utf-8"))["PUE_AE_Chiller"]
    temp, humidity, pressure, _ = example["args"]
    here = airside_chiller_pue(AirsideChiller.from_vector(example["w"]), temp, humidity, pressure)
    return here, float(example["PUE"])


def _summary(predictions: Sequence[Prediction]) -> str:
    azure = azure_rows(predictions)
    others = [p for p in predictions if p.facility.operator != AZURE]
    last = {p.facility.region: p for p in azure}
    groups = {
        "Azure, all figures": azure,
        "Azure, measured": [p for p in azure if p.facility.kind == "measured"],
        "Azure, design of regions being built": [p for p in azure if p.facility.kind == "design"],
        "Azure, last figure of each region": list(last.values()),
        "other facilities": others,
    }
    lines = ["| group | figures | mean absolute error of PUE | mean error | within the band |"]
    lines.append("|---|--:|--:|--:|--:|")
    for name, rows in groups.items():
        known = [p for p in rows if p.facility.pue is not None and not p.facility.bound]
        errors = np.array([p.pue_error for p in known])
        held = sum(p.pue.holds(p.facility.pue or 0.0) for p in known)
        lines.append(
            f"| {name} | {len(known)} | {np.abs(errors).mean():.3f} | {errors.mean():+.3f} "
            f"| {held} of {len(known)} |"
        )
    return "\n".join(lines) + "\n"


def _rules_table(azure: Sequence[Prediction]) -> str:
    """What other uniform rules would have given, so that the choice can be judged."""
    lines = ["| rule | mean absolute error of PUE | of WUE [L/kWh] |", "|---|--:|--:|"]
    lines.append(f"| **the stated rule** | {mean_absolute_error(azure):.3f} | {_wue(azure):.2f} |")
    facilities = [p.facility for p in azure]
    for design in ("air_evaporative", "water_economizer", "air_economizer", "air_chiller"):
        rows = predict([replace(f, design=design) for f in facilities], bands=False)
        error = mean_absolute_error(rows)
        lines.append(f"| `{design}` everywhere | {error:.3f} | {_wue(rows):.2f} |")
    return "\n".join(lines) + "\n"


def _wue(predictions: Sequence[Prediction]) -> float:
    errors = [abs(p.wue_error) for p in predictions if p.wue_error is not None]
    return float(np.mean(errors))


def _table(predictions: Iterable[Prediction]) -> str:
    heads = (
        "place", "year", "design", "PUE published", "predicted", "band", "error",
        "WUE published", "predicted", "band", "error", "known as", "climate", "why, and source",
    )  # fmt: skip
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * 3 + "--:|" * 8 + "---|" * 3]
    lines += ["| " + " | ".join(_cells(p)) + " |" for p in predictions]
    return "\n".join(lines) + "\n"


def _cells(p: Prediction) -> list[str]:
    f = p.facility
    sign = {"upper": "< ", "lower": "> ", "": ""}[f.bound]
    known = [f.kind] + ["recalled"] * (f.recalled == "yes")
    known += [f.quality] * (f.quality not in ("ok", f.kind))
    why = "the rule" if f.why == "rule" else f.why
    return [
        f.place,
        f.year,
        f"`{f.design}`",
        "none" if f.pue is None else f"{sign}{f.pue:.3f}",
        f"{p.pue.value:.3f}",
        f"{p.pue.low:.2f}–{p.pue.high:.2f}",
        "" if p.pue_error is None or f.bound else f"{p.pue_error:+.3f}",
        "" if f.wue_l_per_kwh is None else f"{f.wue_l_per_kwh:.2f}",
        f"{p.wue.value:.2f}",
        f"{p.wue.low:.2f}–{p.wue.high:.2f}",
        "" if p.wue_error is None else f"{p.wue_error:+.2f}",
        ", ".join(known),
        p.climate,
        f"{why}; {f.source}",
    ]


def _example_text(here: float) -> str:
    return f"""## The worked example

The authors of the published model of an air-side economizer with a chiller give one worked example:
26 parameters at 20 °C, 40 %, 101,325 Pa (`tests/fixtures/pue_worked_example.json`).
`siting.physics.lei_masanet.airside_chiller_pue` gives {here:.10f}; a test holds it to a millionth
of what is published.

The errors of the [climate](climate.md) and of the [round trips](latency.md) have their own pages.
"""


def main() -> None:
    """Write the page and draw its figures."""
    predictions = predict(read_facilities())
    PAGE.write_text(page(predictions, worked_example()[0]), encoding="utf-8")
    for path in (PAGE, *draw_all(predictions, FIGURES)):
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
