"""The names that `siting.report` gives out."""

from __future__ import annotations

import math
import threading
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import siting.report
from siting import report
from siting.mip import Progress


def test_every_public_name_is_what_it_says_whatever_was_imported_before():
    for module in walk_packages(siting.report.__path__, "siting.report."):
        import_module(module.name)
    for name in siting.report.__all__:
        assert callable(getattr(siting.report, name)), name


def test_every_picture_and_page_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
    for name in siting.report.__all__:
        assert name in page, name


def test_libraries_of_pages_are_read_once_an_incumbent_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What draws waits until they are read; progress is passed on as it comes."""
    read: list[str] = []
    go = threading.Event()

    def slow() -> None:
        go.wait(60.0)
        read.append("read")

    monkeypatch.setattr(report, "_read", slow)
    told: list[object] = []
    tell = report.reading_ahead(told.append)
    news = [Progress("payoff", 0.0, math.inf, 0.0, math.inf), "slices are too coarse"]
    for each in news:
        tell(each)
    assert report._readers == []
    found = [Progress("placement", 1.0, value, 1.0, 0.1) for value in (2.0, 1.5)]
    for each in found:
        tell(each)
    assert told == [*news, *found]
    assert len(report._readers) == 1
    threading.Timer(0.05, go.set).start()
    assert callable(report.write_report)
    assert read == ["read"]
    assert report._readers == []
