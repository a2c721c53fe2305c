"""The load that workloads bring to regions, and loads that no solve can tell from nothing."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from siting.coefficients.sets import demand_mw
from siting.config import Study, study_from_mapping
from siting.errors import DataError

USERS = pd.DataFrame({"internet_users": [9e8, 1e8]}, index=["big", "small"])


def study(*loads_mw: float, **demand: Any) -> Study:
    workloads = [
        {"name": f"w{i}", "it_mw": mw, "max_rtt_ms": None} for i, mw in enumerate(loads_mw)
    ]
    return study_from_mapping(
        {
            "name": "loads",
            "candidates": {"sites": ["lulea"]},
            "demand": {"regions": ["stockholm"], "workloads": workloads, **demand},
            "objective": {"weights": {"carbon": 1}},
        }
    )


def test_a_load_is_shared_out_by_users_and_grows_by_the_factor() -> None:
    assert demand_mw(study(50.0, 10.0, factor=2), USERS).tolist() == [
        pytest.approx([90.0, 10.0]), pytest.approx([18.0, 2.0]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("loads_mw", "factor", "named"),
    [((400.0, 1e-6), 1, [1]), ((50.0, 10.0), 1e-9, [0, 1]), ((0.9e-4, 400.0), 1, [0])],
)
def test_loads_that_no_server_draws_are_refused_all_together(
    loads_mw: tuple[float, ...], factor: float, named: list[int]
) -> None:
    with pytest.raises(DataError, match="MW in small, less than the 1e-05 MW") as refused:
        demand_mw(study(*loads_mw, factor=factor), USERS)
    assert [f.key for f in refused.value.faults] == [f"demand.workloads[{i}]" for i in named]


def test_a_region_without_users_brings_no_load_and_is_no_fault() -> None:
    users = USERS.assign(internet_users=[1e9, 0.0])
    assert demand_mw(study(1e-5), users).tolist() == [pytest.approx([1e-5, 0.0])]
    with pytest.raises(DataError, match=r"comes to 5e-08 MW in small"):
        demand_mw(study(50.0), users.assign(internet_users=[1e9, 1.0]))
