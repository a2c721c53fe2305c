"""Cross-references in docstrings name what exists."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import siting

_REFERENCE = re.compile(r":(?:func|class|meth|mod|data|attr):`~?(siting[\w.]*)`")


def _exists(name: str) -> bool:
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        for part in parts[count:]:
            found = getattr(found, part, None)
        return found is not None
    return False


def test_references_in_docstrings_name_what_exists() -> None:
    package = Path(siting.__file__).parent
    missing = [
        f"{path.relative_to(package)}: {name}"
        for path in sorted(package.rglob("*.py"))
        for name in _REFERENCE.findall(path.read_text(encoding="utf-8"))
        if not _exists(name)
    ]
    assert missing == []
    assert not _exists("siting.supply.no_such_table")
