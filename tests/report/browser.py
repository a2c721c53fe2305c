"""A page in headless Chromium: what it asked for, what it complained of, and how to drive it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
         "--no-first-run", "--disable-component-update"]  # fmt: skip


class Driven:
    """An open page."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page, self.complaints, self.requests = page, [], []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        start = time.perf_counter()
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready=yes]", state="attached", timeout=60_000)
        self.seconds = time.perf_counter() - start

    def _hear(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def value(self, script: str) -> Any:
        return self.page.evaluate(script)

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
        card = self.page.locator("#hover-card")
        card.wait_for(state="visible")
        return card.inner_text()

    def chosen(self, source: str) -> list[int]:
        return self.value(f"[...siting.find('{source}').selected.indices]")

    def shot(self, name: str, *, full: bool = False) -> None:
        """Keep a picture, to be looked at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=full)

    def is_quiet(self) -> bool:
        """No complaint, and nothing asked for but the page itself."""
        assert self.complaints == []
        assert len(self.requests) == 1, self.requests
        return True


@contextmanager
def opened(browser: Browser, path: Path, *, dark: bool = False) -> Iterator[Driven]:
    """A page that must have been quiet when it is closed."""
    page = browser.new_page(viewport={"width": 1280, "height": 900},
                            color_scheme="dark" if dark else "light")  # fmt: skip
    driven = Driven(page, path)
    yield driven
    assert driven.is_quiet()
    page.close()
