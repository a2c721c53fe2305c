"""Whatever is given as a study, the answer is a study or a `StudyError`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from siting.config import load_study, starter_study, study_from_mapping
from siting.config.study import Study
from siting.config.yaml_text import read_yaml
from siting.errors import Fault, StudyError
from tests.helpers.seeds import examples

STARTER = starter_study("fuzz")
KEYS = sorted({*Study.model_fields, "kinds", "it_mw", "name", "max_sites", "file", "regions"})

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates()
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8) | st.integers(), inner)
    ),
    max_leaves=15,
)


def faults_of(read: Callable[[], Study]) -> tuple[Fault, ...]:
    try:
        read()
    except StudyError as error:
        return error.faults or (Fault("", None, "", "", ""),)
    return ()


def accepts_or_explains(mapping: Any, overrides: tuple[str, ...] = ()) -> bool:
    """Whether each fault says what is wrong and what to do."""
    faults = faults_of(lambda: study_from_mapping(mapping, overrides))
    return all(fault.problem and fault.remedy and str(fault) for fault in faults)


@given(values)
def test_any_mapping(mapping: Any) -> None:
    assert accepts_or_explains(mapping)


@given(st.sampled_from(KEYS), values)
def test_any_value_in_a_section_of_a_good_study(key: str, value: Any) -> None:
    assert accepts_or_explains({**read_yaml(STARTER, "starter").data, key: value})


@given(st.dictionaries(st.sampled_from(KEYS), values))
def test_any_workload(workload: dict[Any, Any]) -> None:
    good = read_yaml(STARTER, "starter").data
    demand = {"regions": "world", "workloads": [workload, *good["demand"]["workloads"]]}
    assert accepts_or_explains({**good, "demand": demand})


@given(st.text(max_size=60))
def test_any_override(text: str) -> None:
    good = read_yaml(STARTER, "starter").data
    assert accepts_or_explains(good, (text, f"limits.{text}", f"{text}=1", f"limits.open={text}"))


@settings(max_examples=examples(200))
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_file(tmp_path_factory: Any, content: bytes) -> None:
    path = Path(tmp_path_factory.getbasetemp()) / "any.yaml"
    path.write_bytes(content)
    assert all(fault.problem for fault in faults_of(lambda: load_study(path)))


@given(st.integers(0, len(STARTER)), st.integers(0, 12), st.text("[]{}:#&*!|>'\"%@`,-? \n\tx5"))
def test_a_good_file_with_a_piece_replaced(
    tmp_path_factory: Any, at: int, cut: int, piece: str
) -> None:
    path = Path(tmp_path_factory.getbasetemp()) / "cut.yaml"
    path.write_text(STARTER[:at] + piece + STARTER[at + cut :], encoding="utf-8")
    assert all(fault.problem for fault in faults_of(lambda: load_study(path)))
