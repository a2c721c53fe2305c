"""Reports: maps, pages and tables of the terminal."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from siting.report.data.answers import answers_of
    from siting.report.folder import report_folder, save_answers, save_comparison
    from siting.report.maps import placement_map
    from siting.report.maps.multiples import frequency_map, multiples_map
    from siting.report.pages import write_report
    from siting.report.pages.comparison import compare_page
    from siting.report.pages.front import front_page
    from siting.report.pages.sweep import sweep_page

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


def __getattr__(name: str) -> object:
    """Import a public name from where it lives."""
    if name not in _HOME:
        raise AttributeError(f"module 'siting.report' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
