"""The site of the documentation opened from a file: it is quiet, alone, and can be searched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.browser import HANG_S

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_search_works_from_a_file_without_any_network(chromium: Any, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    page = chromium.new_page()
    page.set_default_timeout(1000 * HANG_S)
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: said.type == "error" and faults.append(said.text))
    page.goto((tmp_path / "index.html").as_uri())
    page.locator("input.md-search__input").click()
    page.keyboard.type("scarcity", delay=20)
    hit = page.locator(".md-search-result__item a").first
    hit.wait_for()
    assert "scarcity" in page.locator(".md-search-result__list").inner_text().lower()
    page.close()
    assert faults == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:", "about:"))] == []
