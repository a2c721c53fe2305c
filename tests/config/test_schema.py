"""The JSON schema is valid, and agrees with the studies that come with the package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from siting.config import Study, load_study, starter_study, study_schema
from siting.config.yaml_text import read_yaml
from siting.errors import StudyError
from siting.files import configs_dir
from siting.workbench.page import controls_of

CONFIGS = sorted(configs_dir().glob("*.yaml"))
#: Studies of planners' questions, which compare no kinds of site.
PLANNERS = ("us_campus", "phased_europe")
CASES = [path for path in CONFIGS if path.stem not in PLANNERS]


@pytest.fixture(scope="module")
def validator() -> Any:
    jsonschema = pytest.importorskip("jsonschema", reason="only where jsonschema is installed")
    schema = json.loads(json.dumps(study_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_four_cases_and_the_world_come_with_the_package() -> None:
    names = {path.stem for path in CONFIGS}
    assert {"arctic", "subsea", "lake_cooled", "southwest_hydro", "global"} <= names


def test_the_schema_is_made_once_for_all_keys_of_the_workbench(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []
    schema_of = Study.model_json_schema
    monkeypatch.setattr(
        Study, "model_json_schema", lambda **how: made.append(how) or schema_of(**how)
    )
    study_schema.cache_clear()
    assert len(controls_of(load_study(CONFIGS[0]))) > 100
    assert len(made) == 1


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_shipped_study_is_valid_by_schema_and_by_model(path: Path, validator: Any) -> None:
    document = read_yaml(path.read_text(encoding="utf-8"), str(path))
    assert list(validator.iter_errors(document.data)) == []
    study = load_study(path)
    assert study.name == path.stem
    assert list(validator.iter_errors(study.to_mapping())) == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_shipped_case_competes_with_todays_hubs_and_states_each_form_of_demand(
    path: Path,
) -> None:
    study = load_study(path)
    assert "hub" in study.candidates.kinds
    assert len(study.candidates.kinds) > 1
    forms = [set(workload.model_dump(by_alias=True)) for workload in study.demand.workloads]
    assert all(any(key in form for form in forms) for key in ("it_mw", "wh_per_request"))
    runs = [w for w in study.demand.workloads if w.runs_per_year is not None]
    assert [(w.mwh_per_run, w.reported_pue, w.max_rtt_ms) for w in runs] == [(1287, 1.10, None)]


@pytest.mark.parametrize("name", ["north", "5", "null", "Lule\u00e5 \u00d7 2", 'say "so"', "a: b"])
def test_the_starter_study_is_valid_under_any_name(
    name: str, tmp_path: Path, validator: Any
) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(starter_study(name), encoding="utf-8")
    assert load_study(path).name == name
    document = read_yaml(path.read_text(encoding="utf-8"), str(path))
    assert list(validator.iter_errors(document.data)) == []


def test_a_name_that_is_no_folder_gets_no_starter_study() -> None:
    with pytest.raises(StudyError, match="cannot name a folder"):
        starter_study("../elsewhere")


@pytest.mark.parametrize(
    "wrong",
    [
        {"limits": {"max_sitess": 3}},
        {"designs": ["tower_liqid"]},
        {"solver": {"gap": 2}},
        {"time": {"slices": 100}},
        {"name": 5},
    ],
)
def test_the_schema_refuses_what_the_model_refuses(wrong: dict[str, Any], validator: Any) -> None:
    document = read_yaml(starter_study("north"), "starter")
    assert not validator.is_valid({**document.data, **wrong})
