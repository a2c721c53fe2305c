"""Answers of cases on disk, each under the hash of everything that it depends on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from siting.files.folders import settle
from siting.files.limits import full_disk_told
from siting.files.scratch import write_file
from siting.sweeps.records import is_record

__all__ = ["Store"]


class Store:
    """Records by key, one file each.

    Parameters
    ----------
    folder : path
        Made if it is not there; sweeps may share it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        settle(folder)

    def get(self, key: str) -> dict[str, Any] | None:
        """The record of a key; None where there is none, it is damaged or it holds no answer."""
        try:
            record: dict[str, Any] = json.loads((self.folder / f"{key}.json").read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        return record if is_record(record) else None

    def put(self, key: str, record: dict[str, Any]) -> None:
        """Keep a record."""
        with full_disk_told(self.folder):
            write_file(self.folder / f"{key}.json", json.dumps(record, ensure_ascii=False))
