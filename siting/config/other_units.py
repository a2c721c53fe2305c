"""Names of keys and columns that say another unit than that of what they would be."""

from __future__ import annotations

import re

__all__ = ["did_you_mean", "in_another_unit"]

#: Words and signs of units that nothing is asked for in.
_OTHER = re.compile(
    r"eur|euros?|gbp|pounds?|cny|rmb|yuan|jpy|yen|inr|rs|aud|cad|nzd|brl|chf|sek|nok|dkk|krw|pln|czk"
    r"|huf|zar|sgd|hkd|twd|ct|cents?|pence|percent|pct|[%€£¥₹]"
)
_ENERGY = {"wh", "kwh", "mwh", "gwh"}
_PARTS = re.compile(r"[^\W_]+|[€£¥₹%]")


def in_another_unit(column: str, figure: str) -> bool:
    """Return whether a name says another unit than a figure has.

    Parameters
    ----------
    column : str
        As it is given: ``EUR/kWh``, ``price_ct_per_kwh``.
    figure : str
        As it is asked for: ``price_usd_per_mwh``.
    """
    said = set(_PARTS.findall(column.lower())) - set(figure.split("_"))
    return any(word in _ENERGY or _OTHER.fullmatch(word) for word in said)


def did_you_mean(given: str, figure: str) -> str:
    """Remedy for a name that is like a known one, in whose unit the number may not be."""
    if in_another_unit(given, figure):
        return f"Convert it and name it {figure}."
    return f"Did you mean {figure}?"
