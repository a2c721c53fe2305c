"""The names that `siting.report` gives out."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import siting.report


def test_every_public_name_is_what_it_says_whatever_was_imported_before():
    for path in Path(siting.report.__file__).parent.glob("*.py"):
        import_module(f"siting.report.{path.stem}")
    for name in siting.report.__all__:
        assert callable(getattr(siting.report, name)), name


def test_every_picture_and_page_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
    for name in siting.report.__all__:
        assert name in page, name
