"""The words of the field, held: phrases that only this project used stand nowhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Pattern of each phrase to avoid, and what is written instead; white space is any.
AVOIDED = {
    r"made least": "minimized, objective",
    r"round[ -]trips? (time )?that (it|a workload) bears|a workload bears": "RTT limit",
    r"wind and sun\b|\bsun contracts?": "wind and solar, solar PPA",
    r"heat of the earth": "geothermal",
    r"moves? within the year|its course within": "seasonal profile",
    r"\bmixtures?\b": "restricted master",
    r"\breadings\b": "shared metrics",
    r"famil(y|ies) of operation": "dispatch option",
}
OPENINGS = re.compile(r"(What|Which|Whether|Who|The same|How)\b")


def texts() -> Iterator[Path]:
    yield ROOT / "README.md"
    for folder, endings in (
        ("siting", (".py", ".js", ".yaml")),
        ("docs", (".md",)),
        ("configs", (".yaml",)),
    ):
        yield from (p for p in sorted((ROOT / folder).rglob("*")) if p.suffix in endings)


@pytest.mark.parametrize("phrase", AVOIDED)
def test_a_phrase_of_this_project_alone_stands_nowhere(phrase: str) -> None:
    pattern = re.compile(phrase.replace(" ", r"(?:\s|#)+"), re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}: {match[0]!r}"
        for path in texts()
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found, f"write {AVOIDED[phrase]}: {found}"


def test_docstrings_open_with_a_noun_phrase_or_a_verb() -> None:
    found = []
    for path in sorted((ROOT / "siting").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = ast.get_docstring(node) or ""
                if OPENINGS.match(text):
                    found.append(f"{path.relative_to(ROOT)}: {text.splitlines()[0]}")
    assert not found, found
