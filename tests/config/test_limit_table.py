"""The table of limits agrees with the optimizer, the audit and the binding limits."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import siting.audit
import siting.tables
from siting.config.limits import LIMITS
from siting.mip.components import COMPONENTS
from siting.mip.families import FAMILIES
from siting.tables.binding import ACTIVITIES


def words_of(package: Path) -> set[str]:
    """Every string constant of the modules of a package."""
    return {
        node.value
        for path in package.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_family_and_every_check_exists() -> None:
    families = {family.name for family in FAMILIES} | {"left out"}
    assert not [limit.path for limit in LIMITS if limit.family not in families]
    checks = words_of(Path(siting.audit.__path__[0]))
    budgets = {limit.audit for limit in LIMITS if limit.metric}
    assert not [x.path for x in LIMITS if x.audit not in checks | budgets]


def test_the_activity_of_every_family_says_what_binds() -> None:
    known = {family.name for family in FAMILIES} | {"components"}
    assert not [family for family, _ in ACTIVITIES if family not in known]
    silent = {"left out", "add_accepted_designs", "add_first_power"}  # they hold no site back
    of_components = {add.__name__ for component in COMPONENTS for add in component.rows}
    told = {family for family, _ in ACTIVITIES} | of_components | silent
    assert not [limit.path for limit in LIMITS if limit.family not in told]


def test_every_limit_that_may_bind_a_site_is_in_the_table() -> None:
    patterns = [
        re.compile(re.escape(x.path).replace(r"\[\*\]", r"\[\d+\]").replace(r"\*", r"\w+"))
        for x in LIMITS
    ]
    named = {
        w for w in words_of(Path(siting.tables.__path__[0])) if re.fullmatch(r"limits\.\w+", w)
    }
    assert len(named) >= 10
    assert not [w for w in named if not any(p.fullmatch(w) for p in patterns)]
