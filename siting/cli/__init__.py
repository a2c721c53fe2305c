"""The command line, one module for each group of commands."""

from __future__ import annotations

from siting.cli.app import app, main

__all__ = [
    "app",
    "main",
]
