"""Every key of a study is a control, and a control says what the key is."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from siting.config import load_study
from siting.workbench.page import GROUPS, controls_of, grouped
from siting.workbench.solver import overrides_of
from tests.helpers.cases import CONFIGS


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_value_set_as_it_stands_changes_nothing(path) -> None:
    study = load_study(path)
    same = {}
    for c in controls_of(study):
        as_list = "[" + c.value + "]" if c.kind == "names" else c.value
        same[c.path] = as_list
    given = ("it_mw",)  # a load that follows from requests is not also given
    overrides = overrides_of({p: v for p, v in same.items() if not (p.endswith(given) and not v)})
    assert load_study(path, overrides) == study


def test_what_the_issue_names_is_a_control_with_unit_and_range() -> None:
    controls = {c.path: c for c in controls_of(load_study(CONFIGS / "arctic.yaml"))}
    rtt = controls["demand.workloads.inference.max_rtt_ms"]
    assert (rtt.value, rtt.kind, rtt.unit, rtt.high) == ("60.0", "number", "ms", 2000)
    assert controls["limits.max_sites"].value == ""
    assert controls["climate.year"].choices == ("typical", "hot", "dry", "hot_dry")
    assert controls["limits.open"].kind == "names"
    assert controls["economics.carbon_price_usd_per_t"].unit.startswith("USD/t")
    assert controls["caps"].kind == "text"


def test_every_pattern_of_the_groups_names_a_key() -> None:
    controls = controls_of(load_study(CONFIGS / "arctic.yaml"))
    paths = [c.path for c in controls]
    for patterns in GROUPS.values():
        for pattern in patterns:
            assert any(fnmatchcase(path, pattern) for path in paths), pattern
    assert sorted(c.path for own in grouped(controls).values() for c in own) == sorted(paths)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_no_two_controls_of_a_group_have_one_label(path) -> None:
    for own in grouped(controls_of(load_study(path))).values():
        labels = [control.label for control in own]
        assert len(set(labels)) == len(labels)
