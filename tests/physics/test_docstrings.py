"""Every public function of the physics and of the supply says the unit of each number."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import siting.physics
import siting.supply

NUMERIC = re.compile(r"\b(numeric|float|array_like|ndarray|FloatArray|ArrayLike)\b")
UNIT = re.compile(
    r"\[[^\]\n]+\]|any unit|the same unit|its (own )?unit|``unit``|unit of the column"
)
#: Counts of a calendar, and truth values.
NO_UNIT = re.compile(r"^(month|hour_utc|day_group) |of bool")
SECTIONS = ("Parameters", "Returns", "Yields")


def modules() -> Iterator[Any]:
    for package in (siting.physics, siting.supply):
        yield package
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(info.name)


def public() -> dict[str, Callable[..., Any]]:
    """Functions and classes that a module names and itself defines."""
    found = {}
    for module in modules():
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            if callable(thing) and getattr(thing, "__module__", "") == module.__name__:
                found[f"{module.__name__}.{name}"] = thing
    return found


def entries(doc: str, section: str) -> Iterator[tuple[str, str]]:
    """Head and description of each entry of a numpydoc section."""
    match = re.search(rf"^{section}\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", doc, re.M | re.S)
    if match is None:
        return
    for entry in re.split(r"^(?=\S)", match.group(1), flags=re.M):
        head, _, text = entry.partition("\n")
        if head.strip():
            yield head.strip(), text


def without_unit(thing: Callable[..., Any]) -> list[str]:
    doc = inspect.getdoc(thing) or ""
    result = str(getattr(thing, "__annotations__", {}).get("return", ""))
    told = any(True for section in SECTIONS[1:] for _ in entries(doc, section))
    bare = (
        NUMERIC.search(result) and not told and not UNIT.search(doc.partition("Parameters\n-")[0])
    )
    return ["return"] * bool(bare) + [
        head
        for section in SECTIONS
        for head, text in entries(doc, section)
        if NUMERIC.search(head) and not (UNIT.search(text) or NO_UNIT.search(f"{head} {text}"))
    ]


PUBLIC = public()


def test_there_is_much_to_check() -> None:
    assert len(PUBLIC) > 60


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_number_has_a_unit(name: str) -> None:
    assert without_unit(PUBLIC[name]) == []


@pytest.mark.parametrize("name", sorted(n for n, f in PUBLIC.items() if inspect.isfunction(f)))
def test_every_argument_is_described(name: str) -> None:
    function = PUBLIC[name]
    doc = inspect.getdoc(function) or ""
    described = " ".join(head for head, _ in entries(doc, "Parameters"))
    missing = [
        argument
        for argument in inspect.signature(function).parameters
        if argument not in re.findall(r"\w+", described)
    ]
    if missing == ["p", "c"]:  # of a design, as `siting.physics.cooling` says
        assert inspect.signature(function).return_annotation == "Streams"
        return
    assert missing == []


def test_the_check_finds_what_is_missing() -> None:
    def bare(temp: float) -> None:
        """Do something.

        Parameters
        ----------
        temp : float
            Temperature.
        """

    assert without_unit(bare) == ["temp : float"]
    bare.__annotations__["return"] = "FloatArray"
    assert without_unit(bare) == ["return", "temp : float"]
