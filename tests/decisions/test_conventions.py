"""How much of a recommendation stays under another convention."""

from __future__ import annotations

import numpy as np

import siting
from siting.catalogue import load_catalogue
from siting.decisions.case import open_case
from siting.decisions.futures import (
    CONVENTIONS,
    Convention,
    convention_table,
    convention_words,
    under_conventions,
)
from siting.decisions.robustness import solve_base


def test_water_alone_turns_with_the_water_of_dams() -> None:
    """Norway's dams against Denmark, which has none: which is drier is a convention."""
    study = siting.load(
        {
            "name": "dams",
            "candidates": {"sites": ["rjukan", "copenhagen"]},
            "designs": ["air_chiller"],
            "demand": {
                "regions": "europe",
                "workloads": [{"name": "all", "it_mw": 20, "max_rtt_ms": None}],
            },
            "supply": {"contracts": []},
            "time": {"slices": 12},
            "objective": {"weights": {"water": 1}},
        }
    )
    catalogue = load_catalogue()
    case = open_case(study, catalogue)
    base = solve_base(case)
    assert base.sites == ("copenhagen",)
    found = {(one.key, one.value): one for one in under_conventions(study, base, case)}
    others = sum(len(values) - 1 for values in CONVENTIONS.values())
    assert len(found) == others
    zero = found["supply.hydro_water", "zero"]
    assert (zero.stays, zero.leave, zero.join) == (0.0, ("copenhagen",), ("rjukan",))
    assert zero.turns
    assert found["supply.hydro_water", "evaporation"].stays == 1.0
    assert not found["supply.carbon", "location"].turns
    assert "supply.hydro_water=zero" in convention_words(list(found.values()))
    assert convention_table(list(found.values()))["turns"].sum() == 1


def test_an_answer_says_whether_it_has_a_placement_and_is_proven() -> None:
    none, some, proven = (
        Convention("supply.carbon", "location", status, 0.1, stays, (), ())
        for status, stays in (("time_limit", np.nan), ("time_limit", 0.61), ("optimal", 1.0))
    )
    assert str(none) == "supply.carbon=location: no placement in its time (time_limit)"
    assert str(some).endswith("61% of the load stays, not proven")
    assert str(proven).endswith("100% of the load stays")
