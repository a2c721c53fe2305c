"""What the numbers of a study mean, and that a resolved study says all of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.catalogue import KINDS as CATALOGUE_KINDS
from siting.catalogue import REGIONS
from siting.config import Candidates, Study, study_from_mapping
from siting.config.base import described_fields
from siting.config.candidates import KINDS
from siting.config.demand import Workload
from siting.config.objective import SLICES, Time
from siting.config.yaml_text import read_yaml
from siting.errors import StudyError


def workload(**keys: Any) -> Workload:
    return Workload.model_validate({"name": "a", "max_rtt_ms": None, **keys})


def test_a_gpt3_run_a_year_is_its_energy_over_the_hours_without_the_pue_it_contains() -> None:
    # Patterson et al. 2021: 1,287 MWh with PUE 1.10; 1,170 MWh of IT over 8,760 h is 133.6 kW.
    run = workload(runs_per_year=1, mwh_per_run=1287, reported_pue=1.10)
    assert run.it_mw == pytest.approx(0.13356, rel=1e-4)


def test_195_million_requests_of_2_9_wh_are_564_mwh_a_day() -> None:
    # SemiAnalysis on ChatGPT, as cited by de Vries (2023): 564 MWh a day.
    chat = workload(requests_per_day=195e6, wh_per_request=2.9)
    assert chat.it_mw * 24 == pytest.approx(564, rel=5e-3)


def test_the_slices_are_months_by_even_blocks_of_a_day_with_or_without_day_groups() -> None:
    for slices in SLICES:
        time = Time(slices=slices)
        assert 12 * time.blocks_per_day * time.day_groups == slices
        assert 24 % time.blocks_per_day == 0
    assert Time().blocks_per_day == 8
    assert Time(slices=1440).day_groups == 5


def test_all_kinds_are_those_of_the_catalogue_and_its_regions_are_described() -> None:
    assert set(KINDS) == set(CATALOGUE_KINDS)
    assert Candidates(kinds="all").kinds == KINDS  # type: ignore[arg-type]
    described = described_fields(Candidates)["region"].description or ""
    assert all(region in described for region in REGIONS)


def test_every_key_is_described_and_every_number_has_its_unit() -> None:
    def fields(section: Any) -> Any:
        for name, field in described_fields(section).items():
            yield name, field
            if isinstance(field.annotation, type) and hasattr(field.annotation, "model_fields"):
                yield from fields(field.annotation)

    for name, field in [*fields(Study), *fields(Workload)]:
        assert field.description, name
        if "float" in str(field.annotation):
            assert field.description.rstrip(".").endswith("]"), name


names = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=12)
positive = st.floats(min_value=1e-6, max_value=1e4)
limits = st.fixed_dictionaries(
    {},
    optional={
        "pue_max": st.none() | st.floats(1, 3),
        "max_sites": st.none() | st.integers(2, 100),
        "max_share_per_site": st.none() | st.floats(0.5, 1),
        "water_m3": st.none() | st.floats(0.001, 1e9),
        "open": st.lists(names, max_size=2, unique=True),
    },
)
studies = st.fixed_dictionaries(
    {
        "name": names,
        "candidates": st.fixed_dictionaries({"sites": st.lists(names, min_size=1, unique=True)}),
        "demand": st.fixed_dictionaries(
            {
                "regions": names,
                "workloads": st.tuples(
                    st.fixed_dictionaries({"it_mw": positive}).map(
                        lambda w: {"name": "one", "max_rtt_ms": None, **w}
                    ),
                    st.fixed_dictionaries({"runs_per_year": positive, "mwh_per_run": positive}).map(
                        lambda w: {"name": "two", "max_rtt_ms": 5, **w}
                    ),
                ).map(list),
            }
        ),
    },
    optional={
        "description": st.text(
            st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=40
        ),
        "limits": limits,
        "time": st.fixed_dictionaries({"slices": st.sampled_from(SLICES)}),
        "climate": st.fixed_dictionaries(
            {"warming_k": st.floats(-5, 5) | st.lists(st.floats(-5, 5), min_size=12, max_size=12)}
        ),
        "supply": st.fixed_dictionaries(
            {"hydro_year": st.sampled_from(["dry", "wet"]) | st.floats(0.1, 1.5)}
        ),
    },
)


@given(studies)
def test_a_resolved_study_reads_back_as_itself(mapping: dict[str, Any]) -> None:
    study = study_from_mapping(mapping)
    text = study.to_yaml()
    document = read_yaml(text, "resolved")
    assert not document.faults
    assert study_from_mapping(document.data) == study
    assert study_from_mapping(document.data).to_yaml() == text


@pytest.mark.parametrize("text", ["a\x85b", "a\u2028b", "a\rb", "\x00"])
def test_a_description_that_yaml_would_change_is_refused(text: str) -> None:
    with pytest.raises(StudyError, match=r"control character U\+"):
        study_from_mapping(
            {
                "name": "odd",
                "description": text,
                "candidates": {"sites": ["lulea"]},
                "demand": {
                    "regions": "europe",
                    "workloads": [{"name": "one", "it_mw": 1.0, "max_rtt_ms": None}],
                },
            }
        )
