"""Run folders without pages and maps, for tests of what is read back from them."""

from __future__ import annotations

from pathlib import Path

from siting.files.folders import new_folder
from siting.placement import Placement
from siting.placement.folder import save_placement


def keep_run(placement: Placement, folder: Path) -> Path:
    """Write the tables of a run as `siting.report` does, and nothing that is drawn."""
    with new_folder(folder, "solve") as new:
        save_placement(placement, new)
    return folder
