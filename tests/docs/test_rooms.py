"""The map of CONTRIBUTING is the house as it stands, and the house keeps to its sizes."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_every_named_file_and_room_exists() -> None:
    named = set(re.findall(r"`((?:siting|tests|docs|tools)/[\w./]*)`", PAGE))
    assert len(named) > 40
    assert not [name for name in sorted(named) if not (ROOT / name).exists()]


def test_every_room_and_loose_module_is_on_the_map() -> None:
    rooms = [p for p in (ROOT / "siting").iterdir() if (p / "__init__.py").is_file()]
    assert not [room.name for room in rooms if f"`siting/{room.name}/`" not in PAGE]
    loose = sorted(p.name for p in (ROOT / "siting").glob("*.py"))
    assert len(loose) <= 9, loose
    dunder = {"__init__.py", "__main__.py"}
    assert not [name for name in loose if name not in dunder and f"siting/{name}" not in PAGE]


def test_modules_are_at_most_four_hundred_lines() -> None:
    modules = sorted((ROOT / "siting").rglob("*.py"))
    sizes = {m.relative_to(ROOT): len(m.read_text("utf-8").splitlines()) for m in modules}
    assert len(sizes) > 100
    assert not {name: size for name, size in sizes.items() if size > 400}


def test_layers_are_at_most_twelve() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = (c["layers"] for c in contracts if c["type"] == "layers")
    assert len(layers) <= 12
    # Every room has a layer, so that nothing is imported from above.
    within = {name for layer in layers for name in re.findall(r"siting\.(\w+)", layer)}
    rooms = {p.parent.name for p in (ROOT / "siting").glob("*/__init__.py")}
    assert rooms <= within


def test_no_function_hides_a_module_of_its_name() -> None:
    hidden = []
    for package in (ROOT / "siting").rglob("__init__.py"):
        module = ".".join(package.parent.relative_to(ROOT).parts)
        within = {path.stem for path in package.parent.iterdir()}
        for node in ast.parse(package.read_text(encoding="utf-8")).body:
            names = [getattr(node, "name", "")]
            if isinstance(node, ast.ImportFrom) and node.module != module:
                names = [each.asname or each.name for each in node.names]
            hidden += [f"{module}.{name}" for name in names if name in within]
    assert not hidden
