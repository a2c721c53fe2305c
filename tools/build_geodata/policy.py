"""Limits on PUE, water, renewable share, heat reuse and latency by jurisdiction; country groups."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tools.build_geodata.common import SourceRow, write_csv
from tools.build_geodata.supply_inputs import read_input

__all__ = ["build"]

_TABLE = "policy.csv"
_GROUPS = "country_groups.csv"
_ORIGIN = "collected laws and guidelines, press and law-firm summaries"
_LAW = "data protection laws and the countries where they hold"


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write ``policy.csv`` and ``country_groups.csv`` from the reviewed lists."""
    table = read_input("policy")
    _check(table, pd.read_csv(sources.parent / "reference" / "policy_limits.csv"))
    table["label"] = "assumed"
    table["source"] = _ORIGIN
    write_csv(table.sort_values("id"), out / _TABLE)
    groups = read_input("country_groups")
    groups["label"], groups["source"] = "assumed", _LAW
    write_csv(groups.sort_values(["group", "country"]), out / _GROUPS)
    return [
        SourceRow(_GROUPS, "*", _LAW, "facts", "2018-2024", "-",
                  "one group a country; a country in none stands for itself; never legal advice",
                  "assumed"),
        SourceRow(_TABLE, "*", _ORIGIN, "facts", "2020-2026", "-, L/kWh, ms",
                  "restructured: which sites (where); new, existing or the mean of all (applies); "
                  "years in force; whether the reference itself was read; a starting point for a "
                  "study's limits, never legal advice",
                  "assumed")
    ]  # fmt: skip


def _check(table: pd.DataFrame, collected: pd.DataFrame) -> None:
    """Every value must be one of those collected: a typing error stops the build."""
    known = set(pd.to_numeric(collected["value"]).round(6))
    wrong = table[~table["value"].astype(float).round(6).isin(known)]
    if len(wrong):
        raise ValueError(f"{_TABLE}: values that were never collected: {wrong['id'].tolist()}")
