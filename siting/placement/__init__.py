"""The placement, the solution of a study: tables, metrics and proof; saved and loaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from siting.placement.folder import load_placement, save_placement
from siting.placement.model import Placement, StateOutcome

__all__ = [
    "Placement",
    "Result",
    "StateOutcome",
    "load_placement",
    "save_placement",
]


class Result(Protocol):
    """Members that the result of every command has."""

    @property
    def placements(self) -> Mapping[Any, Placement]:
        """Solutions, by whatever tells them apart; none of a command that solves nothing."""

    @property
    def table(self) -> pd.DataFrame:
        """One row for each answer, site, lever or cell that the command is about."""

    def save(self, folder: Path | str) -> None:
        """Write the folder of the command, whole or not at all."""
