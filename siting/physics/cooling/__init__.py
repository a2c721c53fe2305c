"""Cooling designs, one module a family."""

from __future__ import annotations
