"""The workbench: a study in a page on this computer, solved again with other values."""

from __future__ import annotations

from siting.workbench.server import serve

__all__ = ["serve"]
