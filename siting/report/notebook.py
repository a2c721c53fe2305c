"""A placement in a notebook: its map as a picture, and its map and its page to move in."""

from __future__ import annotations

import io

from siting.placement import Placement
from siting.placement.notebook import Page, Picture
from siting.report.maps.palette import DARK, LIGHT
from siting.report.maps.static import draw_map, map_style
from siting.report.pages.placement import map_description, map_page, report_page

__all__ = ["map_of", "page_of", "picture_of"]

_MAP_PX, _PAGE_PX = 620, 900
_DPI = 100


def picture_of(placement: Placement, *, dark: bool = False) -> Picture:
    """The static map of a placement."""
    buffer = io.BytesIO()
    with map_style():
        draw_map(placement, DARK if dark else LIGHT).savefig(buffer, format="png", dpi=_DPI)
    return Picture(buffer.getvalue(), map_description(placement))


def map_of(placement: Placement) -> Page:
    """The interactive map of a placement."""
    return Page(map_page(placement), map_description(placement), _MAP_PX)


def page_of(placement: Placement) -> Page:
    """The page of a placement, as a run folder has it."""
    words = f"Page of the placement of {placement.study.name}"
    return Page(report_page(placement), words, _PAGE_PX)
