"""Hook of mkdocs: no page of docs/ is left out of the navigation.

``mkdocs.yml`` orders the pages that it names. Any other page joins the part that is named as its
folder, or "More", so that a new page is never forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["complete_nav", "named_pages", "on_config"]

#: Part of the navigation for a page that no one has placed.
ELSEWHERE = "More"


def on_config(config: Any) -> Any:
    """Complete the navigation before mkdocs reads it."""
    folder = Path(config.docs_dir)
    pages = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.md"))
    config.nav = complete_nav(config.nav, pages)
    return config


def complete_nav(nav: list[dict[str, list[str]]], pages: list[str]) -> list[dict[str, list[str]]]:
    """Return the navigation with every page in it.

    Parameters
    ----------
    nav : list of dict
        Parts of the navigation, each a title and its pages.
    pages : list of str
        Every page, relative to the folder of the pages.

    Returns
    -------
    list of dict
        The same parts in the same order, then those that had to be added.
    """
    parts = {title: list(named) for part in nav for title, named in part.items()}
    known = set(named_pages(nav))
    for page in pages:
        if page not in known:
            folder, _, _ = page.rpartition("/")
            parts.setdefault(folder.capitalize() or ELSEWHERE, []).append(page)
    return [{title: named} for title, named in parts.items()]


def named_pages(nav: list[dict[str, list[str]]]) -> Iterator[str]:
    """Give the pages of a navigation in order."""
    for part in nav:
        for pages in part.values():
            yield from pages
