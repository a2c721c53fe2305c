"""Make the pages of the gallery: ``python -m tools.gallery [FOLDER]``.

A page for each study of `STUDIES`, the north against today's hubs, a front, a sweep and a
robustness, all by the commands that a planner has: `siting solve`, `compare`, `pareto`, `sweep`,
`robustness`, and `report` for the page of a folder. The pictures of the documentation are made
anew in ``docs/img``. Prints how large each page is and, where Chromium is at hand, how fast it
opens, and keeps a picture of it: light and dark, on a desktop and on a phone
(``report.shown.png``).
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import siting
from siting.catalogue import Catalogue, load_catalogue
from siting.files import configs_dir
from siting.run import write_run

__all__ = ["main", "shown"]

#: Windows of a desktop and of a phone [px], and how large they are in a picture.
DESKTOP: Any = {"width": 1280, "height": 900}
PHONE: Any = {"width": 390, "height": 844}
WIDTH, PHONE_WIDTH, HEIGHT, GAP, COLOURS = 800, 260, 562, 8, 256
OUT = Path(__file__).resolve().parent.parent / "build" / "gallery"
STUDIES = ("arctic", "phased_europe", "lake_cooled", "southwest_hydro", "global")
_TWELVE = ("--set=time.slices=12",)
#: The five large hubs of Europe reach Baku within 70 ms, not within 60.
REACH = "demand.workloads.inference.max_rtt_ms=70"
HUBS = (REACH, "candidates.kinds=[]", "candidates.region=[]", "name=todays_hubs",
        "candidates.sites=[dublin, frankfurt, london, amsterdam, paris]")  # fmt: skip
NORTH = (REACH, "candidates.kinds=[arctic]", "name=north")
QUICK = ("--set=time.slices=24", "--set=solver.gap=0.002")
FRONT = ("--objectives=energy,carbon,water", "--points=10", "--point-time=15")
#: Every combination of these, the values of the study among them.
SWEPT = (
    "--over=limits.max_share_per_site=0.25,0.5,1",
    "--over=demand.workloads.inference.max_rtt_ms=40,50,60",
    "--over=climate.warming_k=0,2",
)


#: Pictures of docs/tutorials.md: the commands that make each, as the page has them, and its file.
TUTORIALS: dict[str, tuple[str, str, list[tuple[str, ...]]]] = {
    "tutorial_front": ("front", "front.png", [
        ("pareto", "southwest_hydro", "--objectives=carbon,water", "--points=8", *_TWELVE)]),
    "tutorial_alternatives": ("others", "chosen.png", [
        ("alternatives", "arctic", "--slack=0.05", "--count=3", *_TWELVE)]),
    "tutorial_worth": ("worth", "robustness.png", [
        ("robustness", "lake_cooled", *_TWELVE, "--set=candidates.region=china",
         "--set=demand.regions=china", "--samples=10", "--entries=5")]),
    "tutorial_swings": ("swings", "tornado.png", [
        ("sweep", "arctic", "--method=one_at_a_time", "--over=climate.warming_k=0,3",
         "--over=limits.max_share_per_site=0.25,1",
         "--over=demand.workloads.inference.max_rtt_ms=50,70", "--over=supply.hydro_year=dry,wet",
         *_TWELVE)]),
}  # fmt: skip
#: Pictures of pages in the documentation, by the folder of the page.
PAGES = {"global": "global", "phased_europe": "phased", "compare": "compare", "front": "front",
         "sweep": "sweep", "tutorials/worth": "robustness"}  # fmt: skip
IMAGES = OUT.parents[1] / "docs" / "img"


def main(out: Path = OUT) -> None:
    """Write every page into a folder and print its size."""
    start = time.perf_counter()
    out.mkdir(parents=True, exist_ok=True)
    catalogue = load_catalogue()
    pages = [_run(name, out / name, catalogue) for name in STUDIES]
    pages += [_comparison(out, catalogue), _front(out / "front"), _sweep(out / "sweep")]
    tutorials = _tutorials(out / "tutorials", catalogue)
    pages.append(tutorials["tutorial_worth"].with_name("report.html"))
    seconds = _opening(pages)
    _pictures(out, tutorials)
    for page in pages:
        opened = f", opens in {seconds[page]:.2f} s" if page in seconds else ""
        print(f"{page.relative_to(out)}: {page.stat().st_size / 1e6:.2f} MB{opened}")
    print(f"made in {time.perf_counter() - start:.0f} s, in {out}")


def _tutorials(out: Path, catalogue: Catalogue) -> dict[str, Path]:
    """Pictures of docs/tutorials.md by their names."""
    made: dict[str, Path] = {}
    for name, (folder, picture, commands) in TUTORIALS.items():
        shutil.rmtree(out / folder, ignore_errors=True)
        for command, study, *words in commands:
            _page(out / folder, command, str(configs_dir() / f"{study}.yaml"), *words)
        made[name] = out / folder / picture
    runs = [out / name for name in ("normal", "dry")]
    for run, year in zip(runs, ("normal", "dry"), strict=True):
        changed = ["time.slices=auto", *(["supply.hydro_year=dry"] if year == "dry" else [])]
        _run("southwest_hydro", run, catalogue, changed)
    _page(out / "causes", "compare", *map(str, runs))
    return made | {"tutorial_causes": out / "causes" / "causes.png"}


def _pictures(out: Path, tutorials: Mapping[str, Path]) -> None:
    """Make the pictures of the documentation anew."""
    from PIL import Image

    made = {f"page_{title}": out / folder / "report.shown.png" for folder, title in PAGES.items()}
    made |= {"global": out / "global" / "map.png", **tutorials}
    for name, file in made.items():
        if file.is_file():
            _of_few_colours(Image.open(file).convert("RGB")).save(
                IMAGES / f"{name}.png", optimize=True
            )


def _of_few_colours(image: Any) -> Any:
    """The picture in at most `COLOURS` colours, those of small marks among them."""
    from PIL import Image

    few, plain = Image.Quantize.MAXCOVERAGE, Image.Dither.NONE
    return image.quantize(COLOURS, few, kmeans=3, dither=plain)


def _run(name: str, out: Path, catalogue: Catalogue, changed: Sequence[str] = ()) -> Path:
    study = siting.load(configs_dir() / f"{name}.yaml", list(changed))
    return write_run(siting.solve(study, catalogue=catalogue), out) / "report.html"


def _comparison(out: Path, catalogue: Catalogue) -> Path:
    runs = [out / "todays_hubs", out / "north"]
    for run, changed in zip(runs, (HUBS, NORTH), strict=True):
        _run("arctic", run, catalogue, changed)
    return _page(out / "compare", "compare", *map(str, runs))


def _front(out: Path) -> Path:
    return _page(out, "pareto", str(configs_dir() / "arctic.yaml"), *FRONT, *QUICK)


def _sweep(out: Path) -> Path:
    shutil.rmtree(out, ignore_errors=True)  # a sweep is gone on with or begun anew
    return _page(out, "sweep", str(configs_dir() / "arctic.yaml"), *SWEPT, *QUICK)


def _page(out: Path, *command: str) -> Path:
    """Run a command of siting into a folder, and make the page of that folder."""
    _siting(*command, "--out", str(out))
    _siting("report", str(out))
    return out / "report.html"


def _siting(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "siting", *words], check=False)
    if done.returncode not in (0, 4):  # 4 is an answer whose proof ran out of time
        raise SystemExit(f"siting {words[0]} ended with code {done.returncode}")


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
            tab = browser.new_page(viewport=DESKTOP)
            start = time.perf_counter()
            tab.goto(page.as_uri())
            tab.wait_for_selector("html[data-ready=yes]", state="attached")
            seconds[page] = time.perf_counter() - start
            tab.close()
            shown(browser, page.as_uri(), page.with_suffix(".shown.png"))
        browser.close()
    return seconds


def shown(browser: Any, address: str, file: Path, ready: str = "html[data-ready=yes]") -> None:
    """Keep one picture of a page: light above dark, on a desktop and on a phone.

    Parameters
    ----------
    browser : playwright.sync_api.Browser
    address : str
        Of the page.
    file : pathlib.Path
        PNG of few colours.
    ready : str
        Selector of what is there once the page is drawn.
    """
    from PIL import Image

    sheet = Image.new("RGB", (WIDTH + PHONE_WIDTH + GAP, 2 * HEIGHT + GAP), "#8a94a0")
    for row, scheme in enumerate(("light", "dark")):
        for left, size in ((0, DESKTOP), (WIDTH + GAP, PHONE)):
            tab = browser.new_page(viewport=size, color_scheme=scheme)
            tab.goto(address)
            tab.wait_for_selector(ready, state="attached")
            tab.wait_for_timeout(500)
            picture = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
            tab.close()
            width = WIDTH if size is DESKTOP else PHONE_WIDTH
            small = picture.resize((width, HEIGHT), Image.Resampling.LANCZOS)
            sheet.paste(small, (left, row * (HEIGHT + GAP)))
    _of_few_colours(sheet).save(file, optimize=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
