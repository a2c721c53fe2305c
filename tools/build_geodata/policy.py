"""Limits on PUE, water, renewable share, heat reuse and latency by jurisdiction."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tools.build_geodata.common import SourceRow, write_csv
from tools.build_geodata.supply_inputs import read_input

__all__ = ["build"]

_TABLE = "policy_limits.csv"
_ORIGIN = "collected laws and guidelines, press and law-firm summaries"


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write ``policy_limits.csv`` from the reviewed list, checked against the collected one."""
    table = read_input("policy")
    _check(table, pd.read_csv(sources.parent / "reference" / "policy_limits.csv"))
    table["label"] = "assumed"
    table["source"] = _ORIGIN
    write_csv(table.sort_values("id"), out / _TABLE)
    return [
        SourceRow(_TABLE, "*", _ORIGIN, "facts", "2020-2026", "-, L/kWh, ms",
                  "restructured; a starting point for a study's limits, never legal advice",
                  "assumed")
    ]  # fmt: skip


def _check(table: pd.DataFrame, collected: pd.DataFrame) -> None:
    """Every value must be one of those collected: a typing error stops the build."""
    known = set(pd.to_numeric(collected["value"]).round(6))
    wrong = table[~table["value"].astype(float).round(6).isin(known)]
    if len(wrong):
        raise ValueError(f"{_TABLE}: values that were never collected: {wrong['id'].tolist()}")
