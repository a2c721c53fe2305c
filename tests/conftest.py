"""Settings of all tests, and the browser that some of them share.

The process that hands the tests out reads this file too and runs none: what is large is read by
the fixtures.
"""

from __future__ import annotations

import gc
import io
import os
import shutil
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from tests.helpers.seeds import examples

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from siting.catalogue import Catalogue
    from siting.coefficients.build import Stages

# Python would look for unreachable cycles some thousand times, in a tenth of the processor's time.
gc.set_threshold(100_000, 10, 10)

# How long an example takes says how busy the machine is, not whether the property holds.
settings.register_profile("siting", deadline=None, max_examples=examples(100))
settings.load_profile("siting")


def pytest_configure() -> None:
    """Ctrl-C reaches the tests of it also where a shell in the background started this one."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Files of tests are compiled once: every process reads all, one at a time."""
    if fcntl is None or not isinstance(collector, pytest.Module):
        return (yield)
    with collector.path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        return (yield)


@pytest.fixture(scope="session", autouse=True)
def files_are_read_once() -> Iterator[None]:
    """Texts of studies stay in memory: part of every small solve."""
    from siting.config import yaml_text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_text, "_composed", lru_cache(maxsize=256)(yaml_text._composed))
        yield


@pytest.fixture(scope="session", autouse=True)
def simple_outlines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Maps have outlines of a few boxes: cutting the built-in ones is most of a page's time.

    The value has what gives the built-in ones, by its name in `siting.report.maps.basemap`.
    """
    import numpy as np
    import shapely

    from siting.geo import recentred
    from siting.report.maps import basemap

    made: list[Path] = []
    basins = np.array([shapely.box(-20, 30, 20, 80), shapely.box(20, 30, 60, 80)], dtype=object)

    def folder() -> Path:
        if not made:
            made.append(tmp_path_factory.mktemp("outlines"))
            _write_outlines(made[0])
        return made[0]

    few = {
        "geodata_dir": folder,
        "_basins": lambda lon_0, _: (np.arange(2), recentred(basins, lon_0)),
    }
    built_in = {name: getattr(basemap, name) for name in few}
    with pytest.MonkeyPatch.context() as patch:
        for name, simple in few.items():
            patch.setattr(basemap, name, simple)
        yield built_in


def _write_outlines(folder: Path) -> None:
    """One country over Europe, one across the antimeridian."""
    import geopandas as gpd
    import numpy as np
    import shapely

    from tools.build_geodata.outlines import packed_polygons

    europe = shapely.box(-10, 36, 40, 70)
    both = shapely.union(shapely.box(150, 60, 180, 70), shapely.box(-180, 60, -170, 70))
    areas = packed_polygons("areas", np.array([europe, both], dtype=object))
    coarse = {key.replace("areas", "coarse"): values for key, values in areas.items()}
    named = {
        f"areas_{key}": np.array(["AAA", "BBB"]) for key in ("country", "country_name", "zone")
    }
    np.savez(
        folder / "basemap.npz", **areas, **coarse, **named, areas_name=np.array(["", ""]),
        rivers_xy=np.array([[0, 500_000], [100_000, 0]], np.int32),
        rivers_0=np.array([0, 2], np.int32),
        cities_name=np.array(["Aleph"]), cities_at=np.array([[100_000, 500_000]], np.int32),
        cities_people=np.array([1_000_000], np.int32), cities_alone_km=np.array([900], np.int16),
    )  # fmt: skip
    lakes = gpd.GeoSeries([shapely.box(20, 50, 24, 52)], crs=4326)
    (folder / "lakes.geojson").write_text(lakes.to_json(), encoding="utf-8")


@pytest.fixture(scope="session")
def built_in_outlines(
    simple_outlines: dict[str, Any],
) -> Callable[[], AbstractContextManager[None]]:
    """Maps that are drawn within its block have the built-in outlines after all."""
    from siting.report.maps import basemap

    @contextmanager
    def block() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for name, original in simple_outlines.items():
                patch.setattr(basemap, name, original)
            yield

    return block


@pytest.fixture(scope="session")
def stages() -> Stages:
    """Weather, physics and tables of the last studies."""
    from siting.coefficients.build import Stages

    return Stages(keep=16)


@pytest.fixture(scope="module")
def numbers_are_kept(stages: Stages) -> Iterator[None]:
    """Solves share weather, physics and tables; each has a program of its own."""
    from siting.coefficients.build import build_problem
    from siting.run.many import Reuse

    class Kept(Reuse):
        def __init__(self, keep: int) -> None:
            super().__init__(keep)
            self.stages = stages

    with pytest.MonkeyPatch.context() as patch:
        for module in ("siting.run", "siting.decisions.levers"):
            patch.setattr(f"{module}.Reuse", Kept)
        for module in ("siting.run", "siting.decisions.case", "siting.resolution"):
            patch.setattr(f"{module}.build_problem", partial(build_problem, stages=stages))
        patch.setattr("siting.infeasible.Stages", lambda keep: stages)
        yield


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def in_process() -> Callable[..., Ended]:
    """Runs a command line within this process."""
    from siting import cli

    def run(*arguments: str | Path) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr(sys, "argv", ["siting", *map(str, arguments)])
            with pytest.raises(SystemExit) as ended:
                cli.main()
        return Ended(int(ended.value.code or 0), out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def command(
    in_process: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Ended]:
    """Runs a command line within this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return in_process


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The built-in catalogue."""
    from siting.catalogue import load_catalogue

    return load_catalogue()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Headless Chromium; `tools/install_chromium.sh` gets it, and CI must have it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("CI has no Chromium: tools/install_chromium.sh did not install it")
        pytest.skip("no Chromium on PATH; run tools/install_chromium.sh as root")
    from playwright.sync_api import sync_playwright

    from tests.helpers.browser import FLAGS

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
