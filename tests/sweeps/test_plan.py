"""Plans of sweeps: what they say, and every fault of one at once."""

import pytest

from siting.errors import StudyError
from siting.sweeps.plan import Factor, plan_from_mapping, plan_from_over, read_plan


def test_values_on_the_command_line_are_yaml_and_a_range_has_two_dots():
    plan = plan_from_over(
        ["limits.max_sites=3,null", "designs=[air_economizer],all", "economics.x=0.5..2"],
        method="latin",
    )
    assert plan.factors == (
        Factor("limits.max_sites", values=(3, None)),
        Factor("designs", values=(["air_economizer"], "all")),
        plan.factors[2],
    )
    assert (plan.factors[2].low, plan.factors[2].high) == (0.5, 2.0)


def test_a_plan_reads_back_from_what_it_writes():
    plan = plan_from_over(["a.b=1,2", "c=0..3"], method="sobol", samples=8, seed=4)
    back = plan_from_mapping(plan.to_mapping())
    assert back.to_mapping() == plan.to_mapping()


def test_all_faults_of_a_plan_are_shown_with_their_lines(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(
        "method: sobol\nsamples: 10\nmetrics: [happiness]\ncolour: red\n"
        "over:\n  limits.max_sites: {low: 5, high: 2}\n  economics.x: 3\n"
    )
    with pytest.raises(StudyError) as caught:
        read_plan(path)
    told = {fault.key: fault.line for fault in caught.value.faults}
    assert told == {
        "colour": 4, "samples": 2, "metrics": 3, "over.limits.max_sites": 6, "over.economics.x": 7,
    }  # fmt: skip


def test_a_grid_over_a_range_is_refused():
    with pytest.raises(StudyError, match="List the values"):
        plan_from_over(["limits.max_share_per_site=0.2..0.5"])


def test_a_key_without_values_is_shown_as_it_was_given():
    with pytest.raises(StudyError, match=r"--over: is 'limits'\. Write path=value"):
        plan_from_over(["limits"])


@pytest.mark.parametrize(
    ("over", "said"),
    [
        (["limits.max_sites=2,3", " limits.max_sites =4"], "limits.max_sites: is given twice"),
        (["limits.max_sites=2,3", "limits.max_sites=1..4"], "limits.max_sites: is given twice"),
        (["limits.max_sites=2,3,2"], "with a value that is there twice"),
    ],
)
def test_a_key_or_a_value_that_is_given_twice_is_refused(over, said):
    with pytest.raises(StudyError, match=said):
        plan_from_over(over)
