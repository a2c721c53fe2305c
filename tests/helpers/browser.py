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
#: What a figure has when it is drawn: until then the pointer meets nothing.
DRAWN = "document.documentElement.dataset.ready === 'yes' && Bokeh.documents.every(d => d.is_idle)"

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
         "--no-first-run", "--disable-component-update"]  # fmt: skip


def polled(page: Page, check: Callable[[], Any]) -> Any:
    """What a function gives, asked again and again until it holds."""
    end = time.monotonic() + HANG_S
    while not (found := check()):
        assert time.monotonic() < end, f"never came true: {check}"
        page.wait_for_timeout(20)
    return found


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
        """Start and end of both axes."""
        return self.value(
            f"(() => {{ const p = siting.find('{plot}');"
            "return [p.x_range.start, p.x_range.end, p.y_range.start, p.y_range.end]; })()"
        )

    def spot(self, source: str, i: int) -> tuple[float, float]:
        """Where the i-th place of a source such as ``map:sites`` stands on the screen [px]."""
        plot = source.split(":", maxsplit=1)[0]
        self.page.locator(f"#figure-{plot}").scroll_into_view_if_needed()
        box = self.page.locator(f"#figure-{plot}").bounding_box()
        x, y = self.value(
            f"(d => [d.x[{i}], d.y[{i}]])(siting.find('{source}').data)",
        )
        west, east, south, north = self.range(plot)
        return (
            box["x"] + box["width"] * (x - west) / (east - west),
            box["y"] + box["height"] * (north - y) / (north - south),
        )

    def hover(self, source: str, i: int) -> str:
        """Put the pointer on a place and give the words of its card."""
        x, y = self.spot(source, i)
        self.page.mouse.move(x - 40, y - 40)
        self.page.mouse.move(x, y, steps=3)
        self.until(f"siting.find('{source}').inspected.indices.includes({i})")
        card = self.page.locator("#hover-card")
        self.until(card.is_visible)
        return card.inner_text()

    def chosen(self, source: str) -> list[int]:
        return self.value(f"[...siting.find('{source}').selected.indices]")

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
        assert self.complaints == []
        assert len(self.requests) == 1, self.requests
        return True


@cache
def _context(browser: Browser, dark: bool) -> BrowserContext:
    """One for all pages, which share the process that draws them."""
    size = ViewportSize(width=1280, height=900)
    return browser.new_context(viewport=size, color_scheme="dark" if dark else "light")


@contextmanager
def opened(browser: Browser, path: Path, *, dark: bool = False) -> Iterator[Driven]:
    """A page that must have been quiet when it is closed."""
    page = _context(browser, dark).new_page()
    driven = Driven(page, path)
    yield driven
    assert driven.is_quiet()
    page.close()
