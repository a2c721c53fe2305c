"""The JSON schema of a study, for editors, and the study to start from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from siting.config.load import study_from_mapping
from siting.config.study import Study
from siting.config.technology import design_names
from siting.config.yaml_text import read_yaml

__all__ = ["starter_study", "study_schema"]


def study_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a study, with every key described."""
    schema = Study.model_json_schema(by_alias=True, mode="validation")
    names = list(design_names())
    schema["properties"]["designs"] |= {
        "default": "all",
        "anyOf": [
            {"enum": ["all", *names]},
            {"type": "array", "items": {"enum": names}, "minItems": 1},
        ],
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def starter_study(name: str) -> str:
    """Return the text of a commented study with the given name; it is valid as it stands."""
    text = Path(__file__).with_name("starter.yaml").read_text(encoding="utf-8")
    text = text.replace("NAME", json.dumps(name, ensure_ascii=False))
    study_from_mapping(read_yaml(text, name).data, where="siting new")
    return text
