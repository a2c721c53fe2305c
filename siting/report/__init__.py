"""Reports: maps, pages and tables of the terminal."""

from __future__ import annotations

import math
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from siting.mip import Progress
    from siting.report.data.answers import answers_of
    from siting.report.folder import report_folder, save_answers, save_comparison
    from siting.report.maps import placement_map
    from siting.report.maps.multiples import frequency_map, multiples_map
    from siting.report.pages import write_report
    from siting.report.pages.comparison import compare_page
    from siting.report.pages.front import front_page
    from siting.report.pages.sweep import sweep_page
    from siting.status import Tell

__all__ = [
    "answers_of",
    "compare_page",
    "frequency_map",
    "front_page",
    "multiples_map",
    "placement_map",
    "report_folder",
    "save_answers",
    "save_comparison",
    "sweep_page",
    "write_report",
]

#: Where each public name lives; imported on first use, for it draws in matplotlib.
_HOME = {
    "answers_of": "siting.report.data.answers",
    "front_page": "siting.report.pages.front",
    "compare_page": "siting.report.pages.comparison",
    "frequency_map": "siting.report.maps.multiples",
    "multiples_map": "siting.report.maps.multiples",
    "placement_map": "siting.report.maps",
    "report_folder": "siting.report.folder",
    "save_answers": "siting.report.folder",
    "save_comparison": "siting.report.folder",
    "sweep_page": "siting.report.pages.sweep",
    "write_report": "siting.report.pages",
}


#: Libraries that pages are drawn with.
_LIBRARIES = ("matplotlib.figure", "matplotlib.backends.backend_agg", "bokeh.plotting", "jinja2")
#: Threads that read them; whatever draws waits for their end.
_readers: list[Thread] = []


def __getattr__(name: str) -> object:
    """Import a public name from where it lives."""
    if name not in _HOME:
        raise AttributeError(f"module 'siting.report' has no attribute {name!r}")
    while _readers:
        _readers.pop().join()
    return getattr(import_module(_HOME[name]), name)


def reading_ahead(tell: Tell) -> Tell:
    """Pass progress on; from the first incumbent on read the libraries of pages meanwhile.

    The solver leaves Python to other threads while it runs.
    """
    begun = False

    def told(news: Progress | str) -> None:
        nonlocal begun
        if not begun and not isinstance(news, str) and math.isfinite(news.incumbent):
            begun = True
            _readers.append(Thread(target=_read, name="pages", daemon=True))
            _readers[-1].start()
        tell(news)

    return told


def _read() -> None:
    for name in _LIBRARIES:
        import_module(name)
