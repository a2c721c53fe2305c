"""Write docs/validation/part_load.md and its figure: ``python -m tools.validate_part_load``.

Published part-load curves stand beside those of the package; a test compares the page with what
this script writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from siting.arrays import FloatArray
from siting.catalogue import load_catalogue
from siting.physics import DESIGNS, Inputs
from siting.physics.parameters import practice_factor
from siting.physics.plant import ElectricalParameters, PartLoadParameters
from siting.profile import Where, find_place
from siting.profile.designs import annual_figures

__all__ = ["FIGURE", "LOADS", "PAGE", "PUBLISHED", "main", "page", "pue_by_load", "ups_efficiency"]

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "validation" / "part_load.md"
FIGURE = PAGE.parent / "img" / "part_load.png"
SITE = "ashburn"
LOADS = (1.0, 0.8, 0.6, 0.4, 0.2)


def _cubic(a: float, b: float, c: float, d: float) -> Callable[[FloatArray], FloatArray]:
    return lambda x: a + b * x + c * x**2 + d * x**3


#: Power over rated power by flow over rated flow: openstudio-standards, files named on the page.
PUBLISHED: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "fan, fixed pressure": _cubic(0.0013, 0.1470, 0.9506, -0.0998),
    "fan, pressure reset": _cubic(0.04076, 0.0881, -0.0729, 0.9437),
    "pump, no reset": _cubic(0.0, 0.5726, -0.3010, 0.7347),
    "pump, pressure reset": _cubic(0.0, 0.0205, 0.4101, 0.5753),
}

#: UPS of White Paper 113, Figure 8: load and efficiency.
OLD_UPS = ((0.1, 0.60), (0.2, 0.75), (0.3, 0.80), (0.4, 0.84), (0.5, 0.86), (0.6, 0.88),
           (0.7, 0.89), (0.8, 0.90), (0.9, 0.90), (1.0, 0.91))  # fmt: skip
#: Sums of White Paper 113, Table 2: no-load, proportional and square losses of a whole building.
OLD_BUILDING = (0.228, 0.32, 0.03)
#: Ends of Figure 10 of its second revision: PUE by load.
OLD_PUE = ((0.1, 6.0), (1.0, 1.8))

TEXT = """# Part load: curves against published ones

Written by `python -m tools.validate_part_load`. A hall that is not full has losses that stay: UPS
and transformers under voltage, units that redundancy asks for, lights, generators kept warm, pumps
at their least flow. Others fall faster than the load: fans and pumps under speed control. Their
tables are in [physics](../physics.md#from-one-kwh-of-it-to-the-pue).

![Part load](img/part_load.png)

"""

SOURCES = """
## Sources

- UPS: V. Avelar, *Making Large UPS Systems More Efficient*, APC White Paper 108 (curve of a large
  delta-conversion unit); N. Rasmussen, *Electrical Efficiency Modeling for Data Centers*, APC White
  Paper 113, rev. 2 (2012), Table 2 and Figures 8 and 10 (units and a building of that time).
- Transformers: 10 CFR 431.196, efficiency of liquid-immersed units at half load.
- Fans and pumps: ASHRAE 90.1, Appendix G, as in openstudio-standards (NREL),
  `Standards.FanVariableVolume.rb` and `Standards.PumpVariableSpeed.rb`.
- Air of servers that idle: EnergyPlus, `testfiles/2ZoneDataCenterHVAC_wEconomizer.idf`.

## Reading

- **Units of today lose a third of those of White Paper 113**, so a building of today has its PUE
  nearly flat from full down to 60 % and a steep rise only below a third. The old building at a
  tenth of its load takes six times its IT power; one of today 1.3 to 1.5 times.
- **No design gets better below 60 %**: fixed losses outweigh what fans and pumps save.
- With pressure reset, servers that idle on a tenth of their air and no spare units, PUE falls by
  0.01 to 0.03 on the way to 60 %, and rises below it as well.
- No operator publishes PUE by load of a building; the comparison of the whole is with White Paper
  113 alone.
"""


def ups_efficiency(load: FloatArray, redundancy: float) -> FloatArray:
    """Efficiency of the UPS alone by load of the hall. [-]."""
    p = ElectricalParameters()
    fixed, square = p.ups_fixed * redundancy, p.ups_square / redundancy
    return np.asarray(load / (load + fixed + p.ups_linear * load + square * load**2))


def pue_by_load() -> dict[str, list[float]]:
    """Annual PUE of each design at one place, by load as in ``LOADS``."""
    catalogue = load_catalogue()
    weather = find_place(Where(SITE, None, None, None), catalogue).weather
    shape = weather.temp_dry_bulb_c.shape
    inputs: Inputs = {
        "temp_dry_bulb_c": weather.temp_dry_bulb_c[0],
        "temp_dew_point_c": weather.temp_dew_point_c[0],
        "pressure_pa": np.broadcast_to(weather.pressure_pa, shape)[0],
    }
    found: dict[str, list[float]] = {}
    for name in (name for name, design in DESIGNS.items() if not design.needs):
        for load in LOADS:
            inputs["load"] = load
            figures = annual_figures(name, weather.hours, **inputs)
            found.setdefault(name, []).append(figures["pue"])
    return found


def page(found: Mapping[str, list[float]]) -> str:
    """Text of the page."""
    return TEXT + _movers() + _ups() + _pue(found) + SOURCES


def _movers() -> str:
    x = np.linspace(0.3, 1.0, 71)
    p = PartLoadParameters()
    ours = {"fan": p.fan_exponent, "pump": p.pump_exponent}
    lines = ["## Fans and pumps\n", "Power over rated power at a share of the rated flow.\n"]
    lines += ["| curve | 100 % | 80 % | 60 % | 40 % | 30 % | farthest from ours |"]
    lines += ["|---|--:|--:|--:|--:|--:|--:|"]
    points = np.array([1.0, 0.8, 0.6, 0.4, 0.3])
    for name, curve in PUBLISHED.items():
        off = np.abs(curve(x) - x ** ours[name.split(",")[0]]).max()
        cells = " | ".join(f"{v:.2f}" for v in curve(points))
        lines.append(f"| {name}, published | {cells} | {off:.2f} |")
    for name, n in ours.items():
        lines.append(f"| **{name}, flow to the {n:g}** | " + _cells(points**n) + " | |")
    return "\n".join(lines) + "\n\n"


def _ups() -> str:
    points = np.array([1.0, 0.8, 0.6, 0.4, 0.2])
    lines = ["## UPS\n", "Efficiency by load of the hall, with spare units sharing it.\n"]
    lines += ["| units over those needed | 100 % | 80 % | 60 % | 40 % | 20 % |"]
    lines += ["|---|--:|--:|--:|--:|--:|"]
    lines.append("| White Paper 113 | " + _cells([dict(OLD_UPS)[x] for x in points], 3) + " |")
    for r in (1.0, 1.33, 2.0):
        lines.append(f"| {r:g} | " + _cells(ups_efficiency(points, r), 3) + " |")
    return "\n".join(lines) + "\n\n"


def _pue(found: Mapping[str, list[float]]) -> str:
    lines = [
        f"## Annual PUE at {SITE.title()}\n",
        f"The designs as such; `siting profile --site {SITE} --load L` multiplies all beyond 1\n"
        f"by the factor of its practice ({practice_factor('best'):g} for *best*).\n",
    ]
    lines += ["| design | " + " | ".join(f"{load:.0%}" for load in LOADS) + " |"]
    lines += ["|---|" + "--:|" * len(LOADS)]
    lines += [f"| `{name}` | {_cells(values, 3)} |" for name, values in found.items()]
    return "\n".join(lines) + "\n"


def _cells(values: FloatArray | list[float], digits: int = 2) -> str:
    return " | ".join(f"{float(v):.{digits}f}" for v in values)


def _figure(found: Mapping[str, list[float]]) -> Figure:
    figure = Figure(figsize=(13.0, 4.4), layout="constrained")
    panels = figure.subplots(1, 3)
    _draw_movers(panels[0])
    _draw_ups(panels[1])
    _draw_pue(panels[2], found)
    for axes, corner in zip(panels, ("upper left", "lower right", "upper right"), strict=True):
        axes.set(xlim=(0.0, 1.02))
        axes.grid(color="#e0e0e0", lw=0.6)
        axes.legend(loc=corner, frameon=False, fontsize=7.5)
    return figure


def _draw_movers(axes: Axes) -> None:
    p, points, x = PartLoadParameters(), np.linspace(0.1, 1.0, 10), np.linspace(0.0, 1.0)
    for (name, curve), (colour, marker) in zip(
        PUBLISHED.items(),
        (("#0072B2", "o"), ("#0072B2", "x"), ("#D55E00", "s"), ("#D55E00", "+")),
        strict=True,
    ):
        axes.plot(points, curve(points), marker, color=colour, ms=5, mfc="none", label=name)
    fan = np.maximum(x, p.least_fan_flow) ** p.fan_exponent
    pump = np.maximum(x, p.least_pump_flow) ** p.pump_exponent
    axes.plot(x, fan, color="#0072B2", label=f"fan here, flow to the {p.fan_exponent:g}")
    axes.plot(x, pump, "--", color="#D55E00", label=f"pump here, flow to the {p.pump_exponent:g}")
    axes.set(xlabel="flow over rated flow", ylabel="power over rated power", ylim=(0.0, 1.02))
    axes.set_title("Fans and pumps: marks are ASHRAE 90.1 App. G", loc="left", fontsize=9)


def _draw_ups(axes: Axes) -> None:
    x = np.linspace(0.05, 1.0, 96)
    loads, values = zip(*OLD_UPS, strict=True)
    axes.plot(loads, values, "o", color="#000000", mfc="none", ms=5, label="White Paper 113")
    for redundancy, style in ((1.0, "-"), (1.33, "--"), (2.0, ":")):
        axes.plot(
            x, ups_efficiency(x, redundancy), style, color="#009E73",
            label=f"here, {redundancy:g} times the units needed",
        )  # fmt: skip
    axes.set(xlabel="load of the hall", ylabel="efficiency of the UPS", ylim=(0.55, 1.0))
    axes.set_title("UPS: the curve of White Paper 108, spare units sharing", loc="left", fontsize=9)


def _draw_pue(axes: Axes, found: Mapping[str, list[float]]) -> None:
    x = np.linspace(0.1, 1.0, 91)
    fixed, linear, square = OLD_BUILDING
    old = 1.0 + fixed / x + linear + square * x
    axes.plot(x, old - 1.0, color="#777777", label="White Paper 113, Table 2, right-sized")
    loads, values = zip(*OLD_PUE, strict=True)
    above = [value - 1.0 for value in values]
    axes.plot(
        loads, above, "o", color="#000000", mfc="none", ms=5, label="its Figure 10, oversized"
    )
    for name, colour in (
        ("air_evaporative", "#0072B2"), ("water_economizer", "#D55E00"),
        ("air_chiller", "#000000"), ("adiabatic_liquid", "#CC79A7"),
    ):  # fmt: skip
        axes.plot(LOADS, [value - 1.0 for value in found[name]], ".-", color=colour, label=name)
    axes.set(
        xlabel="load of the hall", ylabel="PUE - 1 (logarithmic)", yscale="log", ylim=(0.05, 8)
    )
    ticks = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_title(f"Whole buildings: here at {SITE.title()}", loc="left", fontsize=9)


def main() -> None:
    """Write the page and draw its figure."""
    found = pue_by_load()
    PAGE.write_text(page(found), encoding="utf-8")
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        _figure(found).savefig(FIGURE, dpi=130, metadata={"Software": ""})
    for path in (PAGE, FIGURE):
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
