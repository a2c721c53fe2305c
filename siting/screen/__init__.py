"""Candidates made on a grid of equal areas, with every reason why a cell fell out."""

from __future__ import annotations

from siting.screen.screening import Screening, screen_study, write_screening

__all__ = ["Screening", "screen_study", "write_screening"]
