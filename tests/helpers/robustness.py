"""Folder of a robustness study without a solve."""

from __future__ import annotations

import json
from pathlib import Path

from siting.files import configs_dir


def fake_robustness(folder: Path, **facts: object) -> None:
    """Files of a robustness study of the north: one site nothing replaces, one that others do."""
    known = {
        "totals_of": "a typical year", "tables_of": "a typical year", "seed": 0, "slices": 12,
        "candidates": 85, "sites": ["lulea", "oslo"], "weightings": 4,
        "chosen_share": {"lulea": 1.0, "oslo": 0.5, "kiruna": 0.25}, "audit_faults": {},
        "not_found_in_time": [], "least_worst_regret": "dry",
        "flip_weights": {"water_m3": {"share": 0.25, "down": None, "up": 0.61}},
        "conventions": [
            {"convention": "supply.hydro_water", "value": "zero", "stays": 0.2, "rise": 0.079,
             "turns": True, "leave": "oslo", "join": "kiruna"},
            {"convention": "demand.rtt_percentile", "value": "p10", "stays": 1.0, "rise": 0.0,
             "turns": False, "leave": "", "join": ""},
        ],
    }  # fmt: skip
    (folder / "robustness.csv").write_text(
        "site,name,is_open,it_mw,question,cost_least,cost_most,status,chosen_share,change_cost_usd\n"
        "lulea,Luleå,True,160,without,,,infeasible,1.0,\n"
        "oslo,Oslo,True,40,without,0.004,0.00612,optimal,0.5,-1500000\n"
        "kiruna,Kiruna,False,0,with,0,0.00071,optimal,0.25,20000\n"
    )
    (folder / "regret.csv").write_text(
        'planned_for,normal,dry,worst,sites\nnormal,0,0.02,0.02,lulea\ndry,0.01,0,0.01,"lulea,oslo"\n'
    )
    (folder / "summary.json").write_text(json.dumps(known | facts))
    (folder / "study.yaml").write_text((configs_dir() / "arctic.yaml").read_text())
