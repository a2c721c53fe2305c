"""Folders of the built-in tables and studies, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

__all__ = ["configs_dir", "geodata_dir"]


def _shipped(name: str) -> Path:
    package = Path(__file__).resolve().parent
    inside_wheel = package / name
    return inside_wheel if inside_wheel.is_dir() else package.parent / name


def geodata_dir() -> Path:
    """Folder of the built-in catalogue tables."""
    return _shipped("geodata")


def configs_dir() -> Path:
    """Folder of the studies that come with the package."""
    return _shipped("configs")
