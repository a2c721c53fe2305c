"""Write docs/validation/facilities.md and its figures: ``python -m tools.validate_facilities``.

Every number of the page is computed from ``tests/fixtures/facilities.csv`` and the built-in
climate and water, so it cannot drift from the code; a test compares the page with this script.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from siting.physics import PRACTICES
from tools.facilities import (
    AWS,
    AZURE,
    GOOGLE,
    HELD_OUT,
    Prediction,
    azure_rows,
    mean_absolute_error,
    predict,
    read_facilities,
)
from tools.facility_figures import draw_all
from tools.facility_water import water_section

__all__ = ["FIGURES", "PAGE", "main", "page"]

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "validation" / "facilities.md"
FIGURES = PAGE.parent / "img"

INTRODUCTION = """# Facilities: predicted against published

Written by `python -m tools.validate_facilities` from `tests/fixtures/facilities.csv`: all that
operators publish of a place with coordinates. Each facility has the design that its operator
describes, the built-in climate of its coordinates, the built-in water where it needs any, and the
parameters of [the tables](../physics.md), the same for all. No number was set for a place. The
factors of the [practice](#practice) are fitted on these figures; those of AWS and Google have a
[section of their own](#held-out-aws-and-google) and were never used. Errors are *predicted minus
published*. The band is that of
[the ranges of the parameters, of the practice and of the load](../physics.md#bands).
"""

PAGES = """The errors of the [climate](climate.md) and of the [round trips](latency.md), the
[part-load curves](part_load.md) and the [published model](published_model.md) have pages of their
own.
"""

PRACTICE = """## Practice

A design is an ideal new plant. **Practice** is a factor on everything beyond the IT, fitted by
`python -m tools.fit_practice` on the last measured figure of each place above, as the ratio of what
is published to what the design takes in a full hall. *Typical* are regions of clouds, which are
figures of many buildings (Azure; AWS counts its own and leased ones); *best* are campuses that an
operator built for itself (Meta, Natick, the Chinese halls, Lefdal, Google); *legacy* is the tenth
of the regions that takes the most. Machines for research are left out of the fit. Published figures
do not say how full a hall is: that is part of the factor, and of its spread.
"""

HELD = """## Held out: AWS and Google

`tests/fixtures/facilities_held_out.csv`: AWS regions and Google campuses of 2024 and 2025, which no
factor and no parameter was fitted to. AWS has the rule of the Azure regions; Google has cooling
towers with an economizer everywhere, and the sea in Hamina. *As designed* is without a practice.

![Bands of the facilities held out](img/facilities_held_out.png)
"""

HELD_READING = """- **AWS** is met by *typical* in the mean. Paris, Frankfurt, London, Osaka and
  Tel Aviv take twice to four times what the design does, and Aragón half. What stands there is not
  published; a PUE of a place without its building is no better known than that.
- **Google** lies below *best* nearly everywhere, by 0.05. Every number of the plant at the good end
  of its table (pressure of the fans, warm aisles, no spare UPS, large water-cooled chillers) would
  bring it there, which is the lower half of the band; which of them do is not published.
- *Best* everywhere, the default of a study for new halls, is 0.09 too low for AWS: a plan that
  calls its halls best should look at the upper end of its band.
"""

RULE = """## Azure regions

Azure publishes figures of regions, not the plant (Arizona excepted: outside air, evaporative above
29.4 °C). **One rule** for all of them: *outside air with wetted media; where the region reports, in
any year, more than 0.5 L/kWh, which wetted media take in none of them, cooling towers with an
economizer.* The rule reads published water and never published PUE. Figures of 2022 marked
`design` were projections for regions under construction.
"""

READING = """## Reading the errors

- **Azure's measured regions** take more than the design: that is what *typical* is fitted to.
  Chicago and Dublin are far above it, the new halls of Phoenix below.
- **A uniform rule** of other plants may have a smaller error of the PUE, for the wrong reason:
  towers everywhere would take 1.2 to 1.8 L/kWh where 0.01 to 0.2 are reported.
- **Towers** meet the water of Phoenix, San Antonio, Singapore and Jakarta within 0.3 L/kWh, and are
  too high in Quincy, Taiwan and Chicago, where part of the plant evidently takes none.
- **Warm-water machines** (NREL, LUMI, Frontier), whose plates take all of their heat, still do
  better than the design: much of their load has no UPS and no fans of a hall. The water of NREL is
  half of the prediction: a dry thermosyphon carries the other half, and heat is sold.
- **Qiandao** is published as "less than 1.3", which holds, and as 1.17 in its best hour, which is
  far up in the band: the hall of 2015 took more than this lake plant would. Its 0.197
  L/kWh is water that the design does not have; humidifiers and offices are not modelled.
- **Gui'an** is published for a cluster as "less than 1.4", which says little.
- Figures whose reference was not read, and unverified ones, are marked; they carry less weight.
"""


def page(predictions: Sequence[Prediction], held_out: Sequence[Prediction]) -> str:
    """Text of the page."""
    azure = azure_rows(predictions)
    parts = [
        INTRODUCTION,
        "![Published against predicted PUE and WUE](img/facilities_scatter.png)\n",
        "![Bands of each facility](img/facilities_bands.png)\n",
        "## In short\n",
        _summary(predictions, held_out),
        PRACTICE,
        _practice(),
        RULE,
        _rules_table(azure),
        _table(azure),
        "## Other facilities\n",
        _table([p for p in predictions if p.facility.operator != AZURE]),
        READING,
        HELD,
        _held_out(held_out),
        HELD_READING,
        _table(held_out),
        water_section([p.facility for p in (*predictions, *held_out)]),
        PAGES,
    ]
    return "\n".join(parts)


def _summary(predictions: Sequence[Prediction], held_out: Sequence[Prediction]) -> str:
    azure = azure_rows(predictions)
    others = [p for p in predictions if p.facility.operator != AZURE]
    last = {p.facility.region: p for p in azure}
    groups = {
        "Azure, all figures": azure,
        "Azure, measured": [p for p in azure if p.facility.kind == "measured"],
        "Azure, design of regions being built": [p for p in azure if p.facility.kind == "design"],
        "Azure, last figure of each region": list(last.values()),
        "other facilities": others,
        "**held out:** AWS": [p for p in held_out if p.facility.operator == AWS],
        "**held out:** Google": [p for p in held_out if p.facility.operator == GOOGLE],
        "**held out**, both": list(held_out),
    }
    lines = ["| group | figures | mean absolute error of PUE | mean error | within the band |"]
    lines.append("|---|--:|--:|--:|--:|")
    lines += [f"| {name} | {_errors(rows)} |" for name, rows in groups.items()]
    return "\n".join(lines) + "\n"


def _errors(rows: Sequence[Prediction]) -> str:
    """Figures, both errors and how many the band holds, as cells."""
    known = [p for p in rows if p.facility.pue is not None and not p.facility.bound]
    errors = np.array([p.pue_error for p in known])
    held = sum(p.pue.holds(p.facility.pue or 0.0) for p in known)
    return (
        f"{len(known)} | {np.abs(errors).mean():.3f} | {errors.mean():+.3f} "
        f"| {held} of {len(known)} ({held / len(known):.0%})"
    )


def _practice() -> str:
    lines = ["| practice | factor | range of the band | from |", "|---|--:|---|---|"]
    lines += [
        f"| {p.name} | {p.value:.2f} | {p.low:.2f} to {p.high:.2f} | {p.source} |"
        for p in PRACTICES.values()
    ]
    return "\n".join(lines) + "\n"


def _held_out(held_out: Sequence[Prediction]) -> str:
    """Errors by operator as designed, as best everywhere, and with the practice of each."""
    facilities = [p.facility for p in held_out]
    ways = {
        "as designed": predict(facilities, practice=None),
        "best everywhere": predict(facilities, practice="best"),
        "own practice": list(held_out),
    }
    lines = ["| operator | practice | figures | mean absolute error | mean error | in the band |"]
    lines.append("|---|---|--:|--:|--:|--:|")
    for operator in (AWS, GOOGLE):
        for name, rows in ways.items():
            own = [p for p in rows if p.facility.operator == operator]
            lines.append(f"| {operator} | {name} | {_errors(own)} |")
    return "\n".join(lines) + "\n"


def _rules_table(azure: Sequence[Prediction]) -> str:
    """Return what other uniform rules would have given, so that the choice can be judged."""
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
    known = [f.kind] + ["reference not read"] * (f.reference_read == "no")
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


def main() -> None:
    """Write the page and draw its figures."""
    predictions, held_out = predict(read_facilities()), predict(read_facilities(HELD_OUT))
    PAGE.write_text(page(predictions, held_out), encoding="utf-8")
    for path in (PAGE, *draw_all(predictions, held_out, FIGURES)):
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
