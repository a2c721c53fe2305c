"""The names that `siting.report` gives out."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import siting.report


def test_every_public_name_is_what_it_says_whatever_was_imported_before():
    for module in walk_packages(siting.report.__path__, "siting.report."):
        import_module(module.name)
    for name in siting.report.__all__:
        assert callable(getattr(siting.report, name)), name


def test_every_picture_and_page_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
    for name in siting.report.__all__:
        assert name in page, name
