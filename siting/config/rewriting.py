"""How to write a value of the wrong type so that it has the right one."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

__all__ = ["rewritten"]

_NUMBER = re.compile(
    r"\s*(?P<number>[-+]?[0-9.,_'’\s]*[0-9](?:[eE][-+]?[0-9]+)?)"
    r"\s*(?P<unit>(?:[^\W\d]|[%°$€/·²³ .()-]|(?<=[^\W\d])[0-9])*)"
)
_UNIT = re.compile(r"\[([^\[\]]+)\]\s*$")
_YES_NO = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def rewritten(value: object, wants: str, about: str) -> str:
    """How to write a value, then what its key is about.

    Parameters
    ----------
    value : object
        What was given.
    wants : str
        Type of the error of pydantic, such as ``float_type``.
    about : str
        Description of the key, which ends with its unit in brackets.
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
    """Whether one kind of separator parts groups of three digits."""
    return bool(re.fullmatch(r"[-+]?[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|(?:\.[0-9]{3})+)", digits))


def _finite(text: str) -> str:
    try:
        return text if math.isfinite(float(text)) else ""
    except ValueError:
        return ""
