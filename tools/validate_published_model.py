"""Write docs/validation/published_model.md: ``python -m tools.validate_published_model``.

The model of Lei and Masanet: the authors' worked examples, and their bands of hyperscale data
centers by climate zone beside those of this package. A test compares the page with this script.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from siting.arrays import FloatArray
from siting.catalogue import load_catalogue
from siting.catalogue.weather import WeatherLibrary
from siting.catalogue.weather_steps import Weather
from siting.physics.psychrometrics import relative_humidity
from siting.profile.designs import Band, annual_band
from tools.lei_masanet import AIR_RANGES, AirsideChiller, PublishedParameters, airside_chiller_pue
from tools.lei_masanet_waterside import (
    TOWER_RANGES,
    WatersideSea,
    WatersideTower,
    waterside_sea_pue,
    waterside_tower_pue,
)

__all__ = ["FIGURE", "PAGE", "Zone", "examples", "main", "page", "zones"]

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "validation" / "published_model.md"
FIGURE = PAGE.parent / "img" / "published_model.png"
EXAMPLES = ROOT / "tests" / "fixtures" / "pue_worked_example.json"
BANDS = ROOT / "tests" / "fixtures" / "lei_masanet_bands.csv"
SAMPLES, SEED = 60, 7
SYSTEMS: Mapping[str, tuple[str, str]] = {
    "air": ("air_evaporative", "Air side with adiabatic cooling"),
    "water": ("water_economizer", "Economizer on cooling towers"),
}

TEXT = """# The published model: examples and climate zones

Written by `python -m tools.validate_published_model`. N. Lei and E. Masanet published a model of
hyperscale data centers ([2020](https://doi.org/10.1016/j.energy.2020.117556)) and its bands by
climate zone of the United States (2022). `tools.lei_masanet` and `lei_masanet_waterside`
hold it as it was written, with its own psychrometrics; the designs of this package share its ranges
and not its code.

## Worked examples

"""

ZONES = """
## Bands by climate zone

Published are the 5th and 95th percentiles of the annual PUE. *Model here* is the model of 2020 with
its parameters drawn from their published ranges ({samples} Latin hypercube samples) in the built-in
weather of one city a zone, 5th to 95th percentile. The design has its own band, without a practice.

![Bands by climate zone](img/published_model.png)

"""

READING = """
## Reading

- **The economizer on towers** agrees with the published bands, both ends within 0.03. The design of
  this package lies higher in the band: its hall is cooler (24 °C) than that of the model (27 to
  35 °C) and its UPS has spare units.
- **The air side** agrees within 0.04 but in the deserts (2B, 3B), where the published bands lie
  0.06 higher than the equations of the paper give. In the model the chiller takes all of the heat
  as soon as the air is too moist; the design dries a part of the air instead, and mixes, so it lies
  at the lower end, and by a few thousandths below it where that matters.
- The published bands come from a later version of the model, of which not everything is public;
  they are bands to compare with and no target.
"""


@dataclass(frozen=True)
class Zone:
    """One climate zone.

    Parameters
    ----------
    name, city : str
        Zone, and the city that stands for it.
    published, model : mapping of str to tuple of float
        5th and 95th percentile of the PUE by system. [-]
    design : mapping of str to Band
        PUE of the design by system. [-]
    """

    name: str
    city: str
    published: Mapping[str, tuple[float, float]]
    model: Mapping[str, tuple[float, float]]
    design: Mapping[str, Band]


def examples(path: Path = EXAMPLES) -> list[tuple[str, float, float]]:
    """Name, PUE here and published PUE of the authors' three worked examples."""
    given: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    air, tower, sea = (given[f"PUE_{name}_Chiller"] for name in ("AE", "WEC", "WES"))
    (t, rh, p, _), (t2, rh2, p2, _), (t3, p3, _) = air["args"], tower["args"], sea["args"]
    here = (
        airside_chiller_pue(AirsideChiller.from_vector(air["w"]), t, rh, p),
        waterside_tower_pue(WatersideTower.from_vector(tower["w"]), t2, rh2, p2),
        waterside_sea_pue(WatersideSea.from_vector(sea["w"]), t3, p3),
    )
    names = ("air side, 20 °C, 40 %", "towers, 20 °C, 40 %", "sea of 20 °C")
    published = (air["PUE"], tower["PUE"], sea["PUE"])
    return [(n, float(h), float(p)) for n, h, p in zip(names, here, published, strict=True)]


def _samples[P: PublishedParameters](
    kind: type[P], ranges: Mapping[str, tuple[float, float]]
) -> list[P]:
    """Parameters from a Latin hypercube over their ranges, each independent."""
    rng = np.random.default_rng(SEED)
    columns = {
        name: low + (high - low) * (rng.permutation(SAMPLES) + rng.random(SAMPLES)) / SAMPLES
        for name, (low, high) in ranges.items()
    }
    return [
        kind(**{name: float(column[i]) for name, column in columns.items()}) for i in range(SAMPLES)
    ]


def zones(path: Path = BANDS) -> list[Zone]:
    """Every zone of the table, with both bands of this package."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    library = WeatherLibrary.open(load_catalogue().folder)
    places = [row["zone"] for row in rows]
    lat, lon = ([float(row[key]) for row in rows] for key in ("lat", "lon"))
    weather = library.places(places, lat, lon)
    air, tower = _samples(AirsideChiller, AIR_RANGES), _samples(WatersideTower, TOWER_RANGES)
    return [_zone(row, i, weather, air, tower) for i, row in enumerate(rows)]


def _zone(
    row: Mapping[str, str],
    i: int,
    weather: Weather,
    air: Sequence[AirsideChiller],
    tower: Sequence[WatersideTower],
) -> Zone:
    dry, dew = weather.temp_dry_bulb_c[i], weather.temp_dew_point_c[i]
    pressure = np.broadcast_to(weather.pressure_pa, weather.temp_dry_bulb_c.shape)[i]
    humidity = 100.0 * np.asarray(relative_humidity(dry, dew))
    year = weather.hours / weather.hours.sum()
    found = {
        "air": [np.asarray(airside_chiller_pue(p, dry, humidity, pressure)) @ year for p in air],
        "water": [
            np.asarray(waterside_tower_pue(p, dry, humidity, pressure)) @ year for p in tower
        ],
    }
    return Zone(
        name=row["zone"],
        city=row["city"],
        published={s: (float(row[f"{s}_pue_low"]), float(row[f"{s}_pue_high"])) for s in SYSTEMS},
        model={s: _ends(np.array(values)) for s, values in found.items()},
        design={
            s: annual_band(
                design,
                weather.hours,
                temp_dry_bulb_c=dry,
                temp_dew_point_c=dew,
                pressure_pa=pressure,
            )["pue"]
            for s, (design, _) in SYSTEMS.items()
        },
    )


def _ends(values: FloatArray) -> tuple[float, float]:
    low, high = np.quantile(values, [0.05, 0.95])
    return float(low), float(high)


def page(found: Sequence[Zone]) -> str:
    """Text of the page."""
    lines = ["| example | PUE here | published | difference |", "|---|--:|--:|--:|"]
    lines += [f"| {n} | {h:.10f} | {p:.10f} | {h - p:+.0e} |" for n, h, p in examples()]
    parts = [TEXT + "\n".join(lines) + "\n", ZONES.format(samples=SAMPLES)]
    parts += [_table(system, found) for system in SYSTEMS]
    return "".join(parts) + READING


def _table(system: str, found: Sequence[Zone]) -> str:
    design, title = SYSTEMS[system]
    lines = [f"**{title}**, beside `{design}`.\n"]
    lines += ["| zone | city | published | model here | design | its band | inside |"]
    lines += ["|---|---|---|---|--:|---|---|"]
    inside = 0
    for z in found:
        (a, b), (c, d), band = z.published[system], z.model[system], z.design[system]
        held = a <= band.value <= b
        inside += held
        lines.append(
            f"| {z.name} | {z.city} | {a:.3f} to {b:.3f} | {c:.3f} to {d:.3f} | {band.value:.3f} "
            f"| {band.low:.3f} to {band.high:.3f} | {'yes' if held else 'no'} |"
        )
    off = [x - y for z in found for x, y in zip(z.model[system], z.published[system], strict=True)]
    lines.append(
        f"\nThe design lies in the published band in {inside} of {len(found)} zones. The ends of "
        f"the model's bands differ by {np.mean(np.abs(off)):.3f} in the mean, "
        f"{max(map(abs, off)):.3f} at most.\n"
    )
    return "\n".join(lines) + "\n"


def _figure(found: Sequence[Zone]) -> Figure:
    figure = Figure(figsize=(11.0, 4.6), layout="constrained")
    for axes, system in zip(figure.subplots(1, 2, sharey=True), SYSTEMS, strict=True):
        for x, z in enumerate(found):
            first = x == 0
            axes.plot(
                [x - 0.2] * 2, z.published[system], color="#9aa0a6", lw=6, solid_capstyle="butt",
                label="published, 5-95 %" if first else None,
            )  # fmt: skip
            axes.plot(
                [x] * 2, z.model[system], color="#56B4E9", lw=4, solid_capstyle="butt",
                label="the same model here, 5-95 %" if first else None,
            )  # fmt: skip
            band = z.design[system]
            axes.plot([x + 0.2] * 2, [band.low, band.high], color="#D55E00", lw=1.2)
            axes.plot(
                x + 0.2, band.value, "o", color="#D55E00", ms=4,
                label="design of this package, its band" if first else None,
            )  # fmt: skip
        axes.set_xticks(range(len(found)), [z.name for z in found])
        axes.set(xlabel="climate zone", ylim=(1.03, 1.45))
        axes.set_title(SYSTEMS[system][1], loc="left", fontsize=9)
        axes.grid(axis="y", color="#e0e0e0", lw=0.6)
        axes.legend(loc="upper right", frameon=False, fontsize=8)
    figure.axes[0].set_ylabel("annual PUE")
    return figure


def main() -> None:
    """Write the page and draw its figure."""
    found = zones()
    PAGE.write_text(page(found), encoding="utf-8")
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        _figure(found).savefig(FIGURE, dpi=130, metadata={"Software": ""})
    for path in (PAGE, FIGURE):
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
