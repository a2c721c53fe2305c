"""Validation errors of pydantic in the planner's words, with the value as it should be."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from siting.config.base import (
    UNKNOWN,
    Issue,
    Key,
    Section,
    closest,
    described_fields,
    show,
    suggest,
)

__all__ = ["explain", "mask_faulty", "rewritten"]

_NUMBER = re.compile(
    r"\s*(?P<number>[-+]?[0-9.,_'’\s]*[0-9](?:[eE][-+]?[0-9]+)?)"
    r"\s*(?P<unit>(?:[^\W\d]|[%°$€/·²³ .()-]|(?<=[^\W\d])[0-9])*)"
)
_UNIT = re.compile(r"\[([^\[\]]+)\]\s*$")
_YES_NO = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def rewritten(value: object, wants: str, about: str) -> str:
    """Form in which to write a value, then the meaning of its key.

    ``wants`` is the type of the error of pydantic, such as ``float_type``, and ``about`` the
    description of the key, which ends with its unit in brackets.
    """
    advice = ""
    if wants in {"float_type", "int_type"} and isinstance(value, str):
        advice = _as_number(value, _unit_of(about), whole=wants == "int_type")
    elif wants == "int_from_float":
        advice = "Write a whole number."
    elif wants == "bool_type" and isinstance(value, str):
        word = value.strip().lower()
        word = _YES_NO.get(word, word if word in {"true", "false"} else "")
        advice = f"Write {word}, without quotes." if word else ""
    elif wants == "string_type" and value is not None and not isinstance(value, dict | list):
        advice = "Put it in quotes."
    elif wants in {"tuple_type", "list_type"}:
        mapping = isinstance(value, Mapping)
        advice = "Begin it with - , as an entry of a list." if mapping else "Write a list: [a, b]."
    return f"{advice} {about}".strip()


def _unit_of(about: str) -> str:
    found = _UNIT.search(about)
    return found[1] if found else ""


def _as_number(text: str, unit: str, *, whole: bool) -> str:
    found = _NUMBER.fullmatch(text)
    number, other = _plain(found["number"]) if found else ("", "")
    if found is None or not number:
        colon = ", without a colon" if ":" in text else ""
        return f"Write one number{_in(unit)}{colon}." if re.search(r"[0-9]", text) else ""
    given = found["unit"].strip()
    if given == "%" and unit == "-":
        return f"Write {float(number) / 100:g}, which is {number} %, without quotes and unit."
    if given and unit and given.casefold() != unit.casefold():
        return f"Write the number alone, without quotes,{_in(unit)}, not in {given}."
    if whole and not float(number).is_integer():
        return "Write a whole number."
    number = f"{float(number):.0f}" if whole else number
    doubt = f" (or {other}, if the comma is that of a decimal)" if other and not whole else ""
    return f"Write {number}{doubt}, without quotes{' and unit' if given else ''}."


def _in(unit: str) -> str:
    return f" in {unit}" if unit not in ("", "-") else ""


def _plain(given: str) -> tuple[str, str]:
    """The number that was meant, and another that may have been; both empty where none is sure."""
    text = re.sub(r"[\s_'’]", "", given)
    mantissa, e, exponent = text.replace("E", "e").partition("e")
    last = max(mantissa.rfind("."), mantissa.rfind(","))
    both = "." in mantissa and "," in mantissa
    once = mantissa.count(mantissa[last]) == 1 if last >= 0 else True
    decimal = mantissa[:last] + "." + mantissa[last + 1 :]
    if last < 0:
        found, other = mantissa, ""
    elif both and once:
        found, other = _without(mantissa[:last]) + "." + mantissa[last + 1 :], ""
    elif mantissa[last] == "." and once:
        found, other = mantissa, ""
    elif _grouped(mantissa):
        found, other = _without(mantissa), decimal if once else ""
    else:
        found, other = (decimal, "") if once else ("", "")
    return _finite(found + e + exponent), other


def _without(digits: str) -> str:
    return digits.replace(",", "").replace(".", "")


def _grouped(digits: str) -> bool:
    """Return whether one kind of separator parts groups of three digits."""
    return bool(re.fullmatch(r"[-+]?[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|(?:\.[0-9]{3})+)", digits))


def _finite(text: str) -> str:
    try:
        return text if math.isfinite(float(text)) else ""
    except ValueError:
        return ""


_NOT_A = {
    "string_type": "text",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "model_type": "a mapping of keys",
    "dict_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
    "finite_number": "a finite number",
    "string_unicode": "valid text",
}
_BOUNDS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}


def explain(error: ValidationError, data: object, root: type[Section]) -> list[Issue]:
    """Turn the errors of a validation into issues, each with a remedy.

    A key that is missing because it was misspelled is told once, as the misspelling.
    """
    details = _details(error)
    issues: list[Issue] = []
    for detail in details:
        if detail["type"] == "inconsistent":
            issues.extend(detail["ctx"]["issues"])
        elif not _misspelled(detail, details, root):
            issues.append(_issue(detail, data, root))
    return issues


def mask_faulty(data: dict[str, Any], error: ValidationError, root: type[Section]) -> Any:
    """Return the data with `UNKNOWN` for each faulty value, so that other checks can go on."""
    masked: Any = _copy(data)
    for detail in _details(error):
        if detail["type"] == "inconsistent":
            continue
        key = _data_key(detail, data)
        if not key:
            return UNKNOWN
        *parents, last = key
        parent = _value_at(masked, tuple(parents))
        if parent is UNKNOWN:  # What lies above is faulty as a whole.
            continue
        if detail["type"] == "extra_forbidden":
            meant = closest(last, _section_keys(root, tuple(parents)))
            parent.pop(last, None)
            if meant:
                parent.setdefault(meant, UNKNOWN)
        else:
            parent[last] = UNKNOWN
    return masked


def faulty_keys(
    error: ValidationError, data: dict[str, Any], root: type[Section]
) -> Iterator[tuple[Key, str]]:
    """Keys of the errors of a validation, missing ones as well, and what a misspelled one means."""
    for detail in _details(error):
        if detail["type"] == "inconsistent":
            yield from ((issue.key, "") for issue in detail["ctx"]["issues"])
            continue
        key, meant = _data_key(detail, data), ""
        if key and detail["type"] == "extra_forbidden":
            meant = closest(key[-1], _section_keys(root, key[:-1])) or ""
        yield key, meant


def _details(error: ValidationError) -> list[ErrorDetails]:
    """Errors of a validation, without the lists that seem short because their items are faulty."""
    details = error.errors(include_url=False)
    faulty = [detail["loc"] for detail in details]
    return [
        detail
        for detail in details
        if detail["type"] != "too_short"
        or not any(
            len(loc) > len(detail["loc"]) and loc[: len(detail["loc"])] == detail["loc"]
            for loc in faulty
        )
    ]


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _copy(v) for k, v in value.items()}
    return [_copy(v) for v in value] if isinstance(value, list | tuple) else value


def _value_at(data: Any, key: Key) -> Any:
    for part in key:
        if data is UNKNOWN:
            break
        data = data[part]
    return data


def _data_key(detail: ErrorDetails, data: Any) -> Key:
    """Path of an error in the data: pydantic's location without the names of its validators."""
    key: list[str | int] = []
    *parents, last = detail["loc"] or ("",)
    above: Any = None
    for part in (*parents, last):
        inside_list = isinstance(data, list | tuple) and isinstance(part, int) and part < len(data)
        if inside_list or (isinstance(data, Mapping) and part in data):
            key.append(part)
            above, data = data, data[part]
    if detail["type"] == "missing" and isinstance(last, str):
        key.append(last)
    elif detail["type"] in _NOT_A and above is detail["input"]:
        key.pop()  # the name of a validator, which the value has as a key too
    return tuple(key)


def _nested(annotation: Any) -> type[Section] | None:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((s for s in map(_nested, get_args(annotation)) if s is not None), None)


def _by_name(annotation: Any) -> bool:
    """Return whether entries are given by name: a mapping of names to sections."""
    return get_origin(annotation) is dict


def _fields(section: type[Section] | None) -> dict[str, FieldInfo]:
    return described_fields(section) if section else {}


def _section_keys(root: type[Section], parents: Key) -> dict[str, FieldInfo]:
    """Keys allowed in the section at a path."""
    section: type[Section] | None = root
    named = False
    for part in parents:
        if named:  # The name of an entry, whose keys are those of the section it holds.
            named = False
        elif isinstance(part, str):
            field = _fields(section).get(part)
            section = _nested(field.annotation) if field else None
            named = section is not None and field is not None and _by_name(field.annotation)
    return {} if named else _fields(section)


def _field(root: type[Section], key: Key) -> FieldInfo | None:
    names = [i for i, part in enumerate(key) if isinstance(part, str)]
    if not names:
        return None
    last = names[-1]
    return _section_keys(root, key[:last]).get(str(key[last]))


def _about(root: type[Section], key: Key) -> str:
    """Description of a key, or of the nearest key above it that has one."""
    above = (_field(root, key[:n]) for n in range(len(key), 0, -1))
    return next((field.description for field in above if field and field.description), "")


def _misspelled(detail: ErrorDetails, others: list[ErrorDetails], root: type[Section]) -> bool:
    if detail["type"] != "missing":
        return False
    *parents, name = detail["loc"]
    return any(
        closest(other["loc"][-1], _section_keys(root, tuple(parents))) == name
        for other in others
        if other["type"] == "extra_forbidden" and list(other["loc"][:-1]) == parents
    )


def _issue(detail: ErrorDetails, data: object, root: type[Section]) -> Issue:
    key = _data_key(detail, data)
    field = _field(root, key)
    problem, remedy = _words(detail, key, field, root)
    return Issue(key, problem, remedy)


def _words(
    detail: ErrorDetails, key: Key, field: FieldInfo | None, root: type[Section]
) -> tuple[str, str]:
    kind, value, context = detail["type"], show(detail["input"]), detail.get("ctx", {})
    about = _about(root, key)
    if kind == "missing" and isinstance(detail["loc"][-1], int):
        return f"holds {value}, which is too short", about
    if kind == "missing":
        return "is missing", f"Add it: {about}"
    if kind == "extra_forbidden":
        allowed = _section_keys(root, key[:-1])
        return f"is not a key of a study (given: {value})", suggest(key[-1], allowed)
    if kind == "literal_error":
        allowed_words = re.findall(r"'([^']*)'", context["expected"])
        return f"is {value}", suggest(detail["input"], _listed(field) or allowed_words)
    if kind in _NOT_A:
        section = _section_keys(root, key) if kind.startswith("model") else {}
        remedy = (
            f"Keys: {', '.join(section)}." if section else rewritten(detail["input"], kind, about)
        )
        return f"is {value}, not {_NOT_A[kind]}", remedy
    if kind in {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}:
        return f"is {value}", f"Must be {_range(field, context)}. {about}"
    if kind == "too_short" and context.get("actual_length"):
        given, least = context["actual_length"], context["min_length"]
        return f"has {given} entries", f"Give {least}. {about}"
    if kind == "too_short":
        return "is an empty list", f"Give at least one entry. {about}"
    if kind in {"too_long", "string_too_short", "string_too_long"}:
        return f"is {value}", f"{_length(context)}. {about}"
    return f"is {value}: {detail['msg']}", context.get("remedy", about)


def _listed(field: FieldInfo | None) -> list[str]:
    """All values of a key whose schema lists them: numbers beside words."""
    extra = field.json_schema_extra if field else None
    listed = extra.get("enum") if isinstance(extra, dict) else None
    return [str(value) for value in listed] if isinstance(listed, list) else []


def _length(context: Mapping[str, Any]) -> str:
    if "min_length" in context:
        return f"At least {context['min_length']} character"
    return f"At most {context['max_length']} long"


def _range(field: FieldInfo | None, context: Mapping[str, Any]) -> str:
    bounds = {
        name: getattr(rule, name)
        for rule in (field.metadata if field else [])
        for name in _BOUNDS
        if hasattr(rule, name)
    } or {name: bound for name, bound in context.items() if name in _BOUNDS}
    return " and ".join(f"{_BOUNDS[name]} {_plain_bound(bound)}" for name, bound in bounds.items())


def _plain_bound(bound: float) -> str:
    return f"{bound:,.0f}" if abs(bound) >= 10_000 else f"{bound:g}"
