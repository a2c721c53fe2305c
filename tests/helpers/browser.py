"""A page in headless Chromium: what it asked for, what it complained of, and how to drive it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

#: A page that hangs ends its test after this; how long a page takes never decides one. [s]
HANG_S = 300.0
#: Between two askings, longer each time: asking a busy page makes it slower. [ms]
FIRST_PAUSE_MS, LAST_PAUSE_MS = 10.0, 160.0
#: What a figure has when it is drawn: until then the pointer meets nothing.
DRAWN = (
    "document.documentElement.dataset.ready === 'yes' && "
    "(globalThis.Bokeh?.documents ?? []).every(d => d.is_idle)"
)

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
LASTING = Path(__file__).resolve().parents[2] / "LICENSE"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
         "--no-first-run", "--disable-component-update"]  # fmt: skip


def polled(page: Page, check: Callable[[], Any]) -> Any:
    """What a function gives, asked again and again until it holds."""
    end, pause_ms = time.monotonic() + HANG_S, FIRST_PAUSE_MS
    while not (found := check()):
        assert time.monotonic() < end, f"never came true: {check}"
        page.wait_for_timeout(pause_ms)
        pause_ms = min(2 * pause_ms, LAST_PAUSE_MS)
    return found


def _layer(source: str) -> str:
    plot, layer = source.split(":", maxsplit=1)
    return f"siting.maps.get('{plot}').layers['{layer}']"


def _features(source: str) -> str:
    """Features of a layer; where they are of several answers, those of the one that is shown."""
    return (
        f"{_layer(source)}.getSource().getFeatures()"
        ".filter(f => [undefined, siting.shown.answer].includes(f.get('answer')))"
        ".sort((a, b) => a.get('i') - b.get('i'))"
    )


class Driven:
    """An open page."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page, self.complaints, self.requests = page, [], []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        page.set_default_timeout(1000 * HANG_S)
        page.goto(path.as_uri())
        self.until(DRAWN)

    def _hear(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def value(self, script: str) -> Any:
        return self.page.evaluate(script)

    def until(self, check: str | Callable[[], Any]) -> Any:
        """What a script or a function gives, asked again and again until it holds.

        Each asking is a call of its own from Python: a check that waits within the page is refused
        by the content security policy of the page, unless it holds at once.
        """
        return polled(self.page, (lambda: self.value(check)) if isinstance(check, str) else check)

    def range(self, plot: str = "map") -> list[float]:
        """West, east, south and north end of what a map shows [km]."""
        return self.value(
            f"(own => (([w, s, e, n]) => [w, e, s, n])(own.view.calculateExtent("
            f"own.map.getSize())))(siting.maps.get('{plot}'))"
        )

    def rest(self, plot: str = "map") -> list[float]:
        """The same once the map has come to rest."""
        self.until(f"!siting.maps.get('{plot}').view.getAnimating()")
        return self.range(plot)

    def ids(self, source: str) -> list[str]:
        """Ids of the places of a layer such as ``map:sites``, in the order of its data."""
        return self.value(f"{_features(source)}.map(f => f.get('id'))")

    def spot(self, source: str, i: int) -> tuple[float, float]:
        """Where the i-th place of a layer such as ``map:sites`` stands on the screen [px]."""
        plot = source.split(":", maxsplit=1)[0]
        self.page.locator(f"#figure-{plot}").scroll_into_view_if_needed()
        self.until(f"siting.maps.get('{plot}').map.getSize()?.[0] > 0")
        self.value(f"siting.maps.get('{plot}').map.renderSync()")
        box = self.page.locator(f"#figure-{plot}").bounding_box()
        x, y = self.value(
            f"siting.maps.get('{plot}').map.getPixelFromCoordinate({_features(source)}"
            f"[{i}].getGeometry().getCoordinates())"
        )
        return box["x"] + x, box["y"] + y

    def hover(self, source: str, i: int) -> str:
        """Put the pointer on a place and give the words of its card."""
        x, y = self.spot(source, i)
        card = self.page.locator("#hover-card")
        self.page.mouse.move(x - 40, y - 40)
        self.page.mouse.move(x, y, steps=3)
        self.until(card.is_visible)
        return card.inner_text()

    def chosen(self, source: str) -> list[int]:
        """Positions of the chosen places of a layer, or of the chosen rows of a chart."""
        if not source.startswith(("map", "difference")):
            return self.value(f"[...siting.find('{source}').selected.indices]")
        return self.value(
            f"{_features(source)}.flatMap((f, i) => (f.get('picked') === 1 ? [i] : []))"
        )

    def shows(self, source: str) -> bool:
        """Whether a layer of a map is switched on."""
        return self.value(f"{_layer(source)}.getVisible()")

    def is_named(self, name: str, plot: str = "map") -> bool:
        """Whether a name stands on the map as it is drawn now."""
        return name in self.value(
            f"(own => (own.map.renderSync(), own.map.frameState_.declutter?.names?.all() ?? [])"
            f".map(box => box.value.get('text')))(siting.maps.get('{plot}'))"
        )

    def cut_names(self, plot: str = "map") -> tuple[int, list[str]]:
        """How many names of the basemap a map shows, and those that its rims cut."""
        boxes, size = self.value(
            "(({map}) => (map.renderSync(), [map.frameState_.declutter.names.all()"
            ".map(b => [b.minX, b.minY, b.maxX, b.maxY, b.value.get('text')]), map.getSize()]))"
            f"(siting.maps.get('{plot}'))"
        )
        wide, high = size
        seen = [box for box in boxes
                if box[0] < wide and box[1] < high and box[2] > 0 and box[3] > 0]  # fmt: skip
        cut = [box[4] for box in seen
               if box[0] < 0 or box[1] < 0 or box[2] > wide or box[3] > high]  # fmt: skip
        return len(seen), cut

    def tab(self, key: str) -> None:
        """Open a tab, and wait until its figures are drawn."""
        self.page.locator(f"#tab-{key}").click()
        self.until(f"document.getElementById('{key}').dataset.drawn === 'yes'")

    def shot(self, name: str, *, full: bool = False) -> None:
        """Keep a picture, to be looked at; only where it is asked for."""
        if not os.environ.get("SCREENSHOTS"):
            return
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=full)

    def is_quiet(self) -> bool:
        """No complaint, and nothing asked for but the page itself."""
        assert self.complaints == [], self.complaints
        assert len(self.requests) == 1, self.requests
        return True


@cache
def _context(browser: Browser) -> BrowserContext:
    """One for all pages, which share the process that draws them.

    A page without scripts stays open beside them: that process would end with its last page, and
    the next one would start another and compile its scripts again.
    """
    context = browser.new_context(viewport=ViewportSize(width=1280, height=900))
    context.new_page().goto(LASTING.as_uri())
    return context


@contextmanager
def opened(browser: Browser, path: Path, *, dark: bool = False) -> Iterator[Driven]:
    """A page that must have been quiet when it is closed."""
    page = _context(browser).new_page()
    page.emulate_media(color_scheme="dark" if dark else "light")
    driven = Driven(page, path)
    yield driven
    assert driven.is_quiet()
    page.close()
