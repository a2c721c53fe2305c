"""Make the pages of the gallery: ``python -m tools.gallery [FOLDER]``.

The five studies, the north against today's hubs, a front and a sweep, each with its static maps.
Prints how large each page is and, where Chromium is at hand, how fast it opens.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations, product
from pathlib import Path

import pandas as pd

import siting
from siting.catalogue import Catalogue, load_catalogue
from siting.paths import configs_dir
from siting.placement import Placement
from siting.report import (
    answers_of,
    compare_page,
    frequency_map,
    front_page,
    multiples_map,
    sweep_page,
)
from siting.report.answers import Answers, selection_shares

__all__ = ["main"]

OUT = Path(__file__).resolve().parent.parent / "build" / "gallery"
STUDIES = ("arctic", "subsea", "lake_cooled", "southwest_hydro", "global")
#: The five large hubs of Europe reach Baku within 70 ms, not within 60.
REACH = "demand.workloads.inference.max_rtt_ms=70"
HUBS = (REACH, "candidates.kinds=[]", "candidates.region=[]", "name=todays_hubs",
        "candidates.sites=[dublin, frankfurt, london, amsterdam, paris]")  # fmt: skip
NORTH = (REACH, "candidates.kinds=[arctic]", "name=north")
QUICK = ("time.slices=24", "solver.gap=0.002")
OBJECTIVES = ("energy_mwh", "carbon_t_co2e", "water_m3")
#: Weights of energy, carbon and water of the front.
WEIGHTS = (*(w for w in product((0.05, 2.0), repeat=3) if max(w) > 1), *permutations((4, 1, 0.05)))
#: Values of the sweep, the base value first.
SWEPT: Mapping[str, Sequence[object]] = {
    "limits.max_share_per_site": (0.5, 0.25, 1.0),
    "demand.workloads.inference.max_rtt_ms": (60, 40, 50),
    "climate.warming_k": (0, 2),
    "supply.hydro_year": ("normal", "dry"),
    "supply.max_contract_share": (0.5, 0.0, 1.0),
}


def main(out: Path = OUT) -> None:
    """Write every page into a folder and print its size."""
    start = time.perf_counter()
    out.mkdir(parents=True, exist_ok=True)
    catalogue = load_catalogue()
    pages = [_run(name, out, catalogue) for name in STUDIES]
    pages += [_comparison(out, catalogue), _front(out, catalogue), _sweep(out, catalogue)]
    seconds = _opening(pages)
    for page in pages:
        opened = f", opens in {seconds[page]:.2f} s" if page in seconds else ""
        print(f"{page.relative_to(out)}: {page.stat().st_size / 1e6:.2f} MB{opened}")
    took = f"{time.perf_counter() - start:.0f} s ({time.process_time():.0f} s of processor)"
    print(f"made in {took}, in {out}")


def _solve(name: str, catalogue: Catalogue, changed: Sequence[str] = ()) -> Placement:
    study = siting.load_study(configs_dir() / f"{name}.yaml", list(changed))
    return siting.solve_study(study, catalogue=catalogue)


def _run(name: str, out: Path, catalogue: Catalogue) -> Path:
    return siting.write_run(_solve(name, catalogue), out / name) / "report.html"


def _comparison(out: Path, catalogue: Catalogue) -> Path:
    placements = {
        "Today's five hubs": _solve("arctic", catalogue, HUBS),
        "The north": _solve("arctic", catalogue, NORTH),
    }
    multiples_map(placements, path=out / "compare.png", title="The north against today's hubs")
    return _write(out / "compare.html", compare_page(placements))


def _front(out: Path, catalogue: Catalogue) -> Path:
    names = ("energy", "carbon", "water")
    points = {}
    for i, weights in enumerate(WEIGHTS, start=1):
        keys = [f"objective.weights.{n}={w}" for n, w in zip(names, weights, strict=True)]
        points[str(i)] = _solve("southwest_hydro", catalogue, [*QUICK, *keys])
    kept = _unbeaten(points)
    title = "Southwest hydro: energy, carbon and water"
    answers = answers_of(title, kept, OBJECTIVES, next(iter(kept)))
    few = {f"Answer {key}": placement for key, placement in list(kept.items())[:6]}
    multiples_map(few, path=out / "front.png", title=title)
    return _write(out / "front.html", front_page(answers))


def _unbeaten(points: Mapping[str, Placement]) -> dict[str, Placement]:
    """Points that no other beats or equals in all objectives."""
    values = {k: tuple(round(p.metrics[m], 3) for m in OBJECTIVES) for k, p in points.items()}
    firsts = {value: key for key, value in reversed(values.items())}
    return {
        key: points[key]
        for value, key in sorted(firsts.items())
        if not any(
            other != value and all(o <= v for o, v in zip(other, value, strict=True))
            for other in firsts
        )
    }


def _sweep(out: Path, catalogue: Catalogue) -> Path:
    base = {key: values[0] for key, values in SWEPT.items()}
    cases = [base]
    cases += [{**base, key: value} for key, values in SWEPT.items() for value in values[1:]]
    shares, delays = "limits.max_share_per_site", "demand.workloads.inference.max_rtt_ms"
    pairs = product(SWEPT[shares][1:], SWEPT[delays][1:])
    cases += [{**base, shares: share, delays: delay} for share, delay in pairs]
    solved = {
        str(i): _solve("arctic", catalogue, [*QUICK, *(f"{k}={v}" for k, v in case.items())])
        for i, case in enumerate(cases, start=1)
    }
    answers = answers_of("Arctic: what moves the answer", solved, OBJECTIVES, "1")
    table = pd.concat([pd.DataFrame(cases, index=list(solved)), answers.table], axis=1)
    answers = replace(answers, table=table)
    _often(answers, out / "sweep.png")
    return _write(out / "sweep.html", sweep_page(answers, list(SWEPT)))


def _often(answers: Answers, path: Path) -> None:
    frequency_map(selection_shares(answers), path=path, title=answers.title)


def _write(path: Path, page: str) -> Path:
    path.write_text(page, encoding="utf-8")
    return path


def _opening(pages: Sequence[Path]) -> dict[Path, float]:
    """Seconds until each page is ready, where Chromium is at hand."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        return {}
    from playwright.sync_api import sync_playwright

    seconds = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for page in pages:
            tab = browser.new_page(viewport={"width": 1280, "height": 900})
            start = time.perf_counter()
            tab.goto(page.as_uri())
            tab.wait_for_selector("html[data-ready=yes]", state="attached")
            seconds[page] = time.perf_counter() - start
            tab.screenshot(path=page.with_suffix(".page.png"))
            tab.close()
        browser.close()
    return seconds


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
