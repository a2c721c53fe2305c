"""The site of the documentation: built strictly, whole, and asking nothing of any network."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import typer

from siting import cli
from siting.config import Study
from siting.config.base import Section
from siting.mip.families import FAMILIES
from tests.helpers.browser import HANG_S

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


class Requests(HTMLParser):
    """What a browser fetches when it opens a page; links that a reader may follow are not."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "src" in given and tag != "a":
            self.found.append(given["src"])
        if tag == "link" and given.get("rel") not in {"canonical", "prev", "next"}:
            self.found.append(given["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.slow
def test_every_page_is_built_and_can_be_reached_from_the_first(site: Path) -> None:
    first = (site / "index.html").read_text(encoding="utf-8")
    navigation = first[first.index("md-nav--primary") : first.index('class="md-content"')]
    for page in DOCS.rglob("*.md"):
        name = page.relative_to(DOCS).with_suffix(".html").as_posix()
        assert (site / name).is_file()
        assert f'href="{name}"' in navigation, f"{name} is not in the navigation"


@pytest.mark.slow
def test_no_page_asks_for_anything_beyond_the_site(site: Path) -> None:
    for page in site.rglob("*.html"):
        for asked in Requests(page.read_text(encoding="utf-8")).found:
            assert not re.match(r"(https?:)?//", asked), f"{page.name} fetches {asked}"
    for sheet in site.rglob("*.css"):
        for asked in re.findall(r"url\(([^)]*)\)|@import", sheet.read_text(encoding="utf-8")):
            assert not re.match(r"['\"]?(https?:)?//", asked), f"{sheet.name} fetches {asked}"


@pytest.mark.slow
def test_the_search_works_from_a_file_without_any_network(chromium: Any, site: Path) -> None:
    page = chromium.new_page()
    page.set_default_timeout(1000 * HANG_S)
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: said.type == "error" and faults.append(said.text))
    page.goto((site / "index.html").as_uri())
    page.locator("input.md-search__input").click()
    page.keyboard.type("scarcity", delay=20)
    hit = page.locator(".md-search-result__item a").first
    hit.wait_for()
    assert "scarcity" in page.locator(".md-search-result__list").inner_text().lower()
    page.close()
    assert faults == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:", "about:"))] == []


def sections(section: type[Section], path: str) -> Iterator[tuple[str, type[Section]]]:
    """The sections of a study by path, an outer one before those within it."""
    from tools.document_study import _section

    yield path, section
    for name, field in section.model_fields.items():
        inner = _section(field.annotation)
        if inner is not None:
            yield from sections(inner, f"{path}.{field.alias or name}".lstrip("."))


def test_every_key_of_a_study_is_documented_in_the_section_it_belongs_to() -> None:
    page = (DOCS / "study.md").read_text(encoding="utf-8")
    first: dict[type[Section], str] = {}
    told: tuple[str, ...] = ()  # Sections whose keys are those of an earlier one.
    for path, section in sections(Study, ""):
        if not path.startswith(told or ("-",)):
            assert not path or f"<code>{path}</code>" in page
        if section in first:
            told += (f"{path}.",)
        home = first.setdefault(section, path).replace(".", "-")
        start = f'<details markdown="1" id="{home}">' if home else "## Every key"
        table = page.partition(start)[2].partition("\n\n<")[0]
        for name, field in section.model_fields.items():
            assert f"| `{field.alias or name}` |" in table, f"{path}.{name}"


def test_the_page_of_mathematics_names_every_family_of_constraints() -> None:
    page = (DOCS / "mathematics.md").read_text(encoding="utf-8")
    families = page.partition("\n## Constraints\n")[2].partition("\n## What is proven\n")[0]
    named = [*(family.name for family in FAMILIES), "add_expansion", "add_vintages"]
    assert [name for name in named if f"`{name}`" not in families] == []


def test_every_command_is_in_the_tables_of_the_readme_and_of_the_command_line() -> None:
    commands = set(typer.main.get_command(cli.app).commands)  # type: ignore[attr-defined]
    for page in (ROOT / "README.md", DOCS / "cli.md"):
        rows = re.findall(r"^\| \[?`siting (\w+)", page.read_text(encoding="utf-8"), re.M)
        assert sorted(rows) == sorted(commands), page.name


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_links_of_the_pages_outside_of_the_site_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        assert link.startswith("https://") or (ROOT / link).exists(), link


def test_pages_that_are_made_from_code_are_as_the_code_makes_them() -> None:
    from tools import document_cli, document_data

    for tool, made in (
        (document_cli, document_cli.cli_page()),
        (document_data, document_data.data_page()),
    ):
        hint = f"run: python -m {tool.__name__}"
        assert tool.PAGE.read_text(encoding="utf-8") == made, hint


def test_a_page_that_no_one_placed_joins_the_part_of_its_folder() -> None:
    from tools.docs_site import complete_nav

    nav = [{"Start": ["index.md"]}, {"Validation": ["validation/a.md"]}]
    pages = ["index.md", "new.md", "validation/a.md", "validation/b.md", "tutorials/c.md"]
    assert complete_nav(nav, pages) == [
        {"Start": ["index.md"]},
        {"Validation": ["validation/a.md", "validation/b.md"]},
        {"More": ["new.md"]},
        {"Tutorials": ["tutorials/c.md"]},
    ]
