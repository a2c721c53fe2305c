"""A finished page in headless Chromium: how long it takes to open, and how its map pans."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import siting
from siting.placement import Placement
from siting.report.pages import report_page

__all__ = ["LEAST_FRAMES", "MOST_OPENING_S", "BrowserResult", "browser_line", "run_browser"]

#: Longest time until a page answers [s], and least frames a second of a map that is dragged.
MOST_OPENING_S, LEAST_FRAMES = 1.5, 30.0
_CONFIGS = Path(__file__).resolve().parents[1] / "configs"
#: Frames of a drag to and fro at three times the scale of the first view.
_FRAMES = 120
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_PAN = """async (frames) => {
  const { view, map } = siting.maps.get("map");
  const [x, y] = view.getCenter();
  view.setResolution(view.getResolution() / 3);
  await new Promise((done) => map.once("rendercomplete", done));
  view.beginInteraction();
  const start = performance.now();
  for (let i = 0; i < frames; i++) {
    view.setCenter([x + 200 * Math.sin(i / 10) * view.getResolution(), y]);
    map.render();
    await new Promise(requestAnimationFrame);
  }
  view.endInteraction();
  return (performance.now() - start) / 1000;
}"""


@dataclass(frozen=True)
class BrowserResult:
    """One page in a browser.

    Parameters
    ----------
    candidates : int
        On its map.
    megabytes : float
        Size of the page. [MB]
    painted_s, opening_s, opening_cpu_s : float
        From the address until its text is seen, and until the map and every control answer: wall
        time; and the main thread's share of the latter. [s]
    frames_per_s : float
        Of a drag of the map, by the wall. [1/s]
    frame_cpu_ms : float
        Time of the main thread for one frame. [ms]
    load_average : float
        Processes that wanted a core, the browser's among them.
    """

    candidates: int
    megabytes: float
    painted_s: float
    opening_s: float
    opening_cpu_s: float
    frames_per_s: float
    frame_cpu_ms: float
    load_average: float


def run_browser(study: str, candidates: int, changes: Sequence[str] = ()) -> BrowserResult | None:
    """Solve a study, give its page more candidates, open it and drag its map.

    Parameters
    ----------
    study : str
        Name in ``configs/``.
    candidates : int
        Made-up ones over the world beside its own.
    changes : sequence of str, optional
        Of the study, as ``--set`` takes them.

    Returns
    -------
    BrowserResult or None
        None without Chromium or playwright.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        return None
    if chromium is None:
        return None
    solved = siting.solve(siting.load(_CONFIGS / f"{study}.yaml", changes))
    placement = _with_more(solved, candidates)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = Path(folder) / "report.html"
        page.write_text(report_page(placement), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        spent = _Spent(tab)
        start = time.perf_counter()
        tab.goto(page.as_uri())
        tab.wait_for_selector("html[data-ready=yes]", state="attached")
        opening, opening_cpu = time.perf_counter() - start, spent.seconds()
        painted = tab.evaluate(_PAINTED) / 1000
        panning, panning_cpu = tab.evaluate(_PAN, _FRAMES), spent.seconds()
        browser.close()
        return BrowserResult(
            candidates=len(placement.candidates), megabytes=page.stat().st_size / 1e6,
            painted_s=painted, opening_s=opening, opening_cpu_s=opening_cpu,
            frames_per_s=_FRAMES / panning, frame_cpu_ms=1000.0 * panning_cpu / _FRAMES,
            load_average=os.getloadavg()[0],
        )  # fmt: skip


class _Spent:
    """Time that the main thread of a tab has worked since it was asked last."""

    def __init__(self, tab: Any) -> None:
        self._session = tab.context.new_cdp_session(tab)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._before = 0.0
        self.seconds()

    def seconds(self) -> float:
        found = self._session.send("Performance.getMetrics")["metrics"]
        now = next(each["value"] for each in found if each["name"] == "TaskDuration")
        before, self._before = self._before, now
        return float(now - before)


def _with_more(placement: Placement, count: int) -> Placement:
    """The placement with made-up candidates, spread evenly over the land and the sea."""
    random = np.random.default_rng(1)
    like = placement.candidates[~placement.candidates["is_open"]]
    more = like.iloc[random.integers(len(like), size=count)].assign(
        lon=random.uniform(-180.0, 180.0, count),
        lat=np.degrees(np.arcsin(random.uniform(-0.8, 0.97, count))),
    )
    more.index = pd.Index([f"made_up_{i}" for i in range(count)])
    return replace(placement, candidates=pd.concat([placement.candidates, more]))


def browser_line(result: BrowserResult | None) -> str:
    """The result in a sentence, next to its aims."""
    if result is None:
        return "Browser: Chromium or playwright is not installed"
    opens, pans = result.opening_s < MOST_OPENING_S, result.frames_per_s >= LEAST_FRAMES
    return (
        f"Page of {result.megabytes:.2f} MB with {result.candidates:,} candidates: its text is "
        f"seen after {result.painted_s:.2f} s, all of it answers after "
        f"{result.opening_s:.2f} s ({result.opening_cpu_s:.2f} s of the main thread; aim "
        f"{MOST_OPENING_S} s: {'reached' if opens else 'not reached'}), its map pans at "
        f"{result.frames_per_s:.0f} frames a second ({result.frame_cpu_ms:.1f} ms of the main "
        f"thread each; aim {LEAST_FRAMES:.0f}: {'reached' if pans else 'not reached'}), at a load "
        f"average of {result.load_average:.1f}."
    )
