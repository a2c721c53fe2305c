"""Numbers, verdicts and keys in plain words, the same on the map, the page and in the terminal."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from siting.config import study_schema
from siting.config.study import tables_basis, totals_basis
from siting.nomenclature import LIMITED, METRICS, number
from siting.placement import Placement
from siting.status import Status

__all__ = [
    "amount",
    "and_words",
    "audit_colour",
    "audit_sentence",
    "clean",
    "convention_of",
    "convention_title",
    "gap_text",
    "key_title",
    "key_titles",
    "key_unit",
    "limit_words",
    "megawatts",
    "number",
    "number_title",
    "number_words",
    "plain_title",
    "status_sentence",
    "titled",
    "titled_table",
    "titled_total",
]


def clean(text: object) -> str:
    """One line of text: white space collapsed, characters that cannot be printed removed."""
    spaced = " ".join(str(text).split())
    return spaced if spaced.isprintable() else "".join(filter(str.isprintable, spaced))


def plain_title(name: str) -> str:
    """An identifier as words: ``air_economizer`` becomes ``Air economizer``."""
    words = clean(name).replace("_", " ").strip()
    return words[:1].upper() + words[1:]


#: Limits and facts of a place whose name says too little.
_LIMITS: Mapping[str, str] = {
    "max_modules": "Whole modules that fit",
    "failover.loss": "Spare capacity for an outage",
    "max_sites": "Maximum number of sites",
    "min_sites": "Minimum number of sites",
    "pue_max": "Maximum PUE",
    "wue_max_l_per_kwh": "Maximum WUE",
    "site_water_m3": "Water of a site",
    "site_withdrawal_m3": "Water withdrawn at a site",
    "basin_water_m3": "Water of a basin",
    "basin_withdrawal_m3": "Water withdrawn in a basin",
    "lake_heat": "Heat that the lake takes",
    "shared_lake_heat": "Heat that the lake takes from all of its sites",
    "open": "Sites that must be open",
    **{metric: f"Budget of {quantity.words}" for metric, quantity in LIMITED.items()},
}
#: Short words in the names of limits and numbers, written out.
_ENDS = (
    (r"\b([Mm])ax\b", r"\1aximum"), (r"\b([Mm])in\b", r"\1inimum"), (r"\b[Oo]m\b", "O&M"),
    (r"\bcapex\b", "capital cost"), (r"\bCapex\b", "Capital cost"), (r"\b[Cc]op\b", "COP"),
    (r"\bbbox\b", "bounding box"),
)  # fmt: skip
#: Unit at the end of the name of a number, and how its parts are written.
_UNIT = re.compile(
    r"(?:^|_)((?:usd|gwh|mwh|kwh|wh|mw|kw|km|kv|ms|m3|m|c|k|g|kg_co2e|kg|ha|h|l|t_co2e|t|s)"
    r"(?:_per_(?:kwh|mwh|kw|mw|m3|km|t|hour|yr))?(?:_(?:month|yr|year))?|per_yr)(_150km)?$"
)
#: Words that are written in capitals, or otherwise.
_SHORT = re.compile(r"\b(?:rtt|mwh?|it|pue|wue|ppas?|k?wh)\b")
_WRITTEN: Mapping[str, str] = {
    "usd": "USD", "gwh": "GWh", "mwh": "MWh", "mw": "MW", "m3": "m³", "c": "°C", "k": "K", "l": "L",
    "kwh": "kWh", "kw": "kW", "t_co2e": "t CO₂e", "kg_co2e": "kg CO₂e", "wh": "Wh", "kv": "kV",
    "hour": "h", "per": "1", "ppas": "PPAs",
}  # fmt: skip
#: What a unit measures, where the name of a number does not say it.
_MEASURED: Mapping[str, str] = {"mw": "power", "mwh": "energy", "wh": "energy", "usd": "cost"}


def and_words(words: Sequence[str]) -> str:
    """Words one after the other, the last one after "and"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def number_title(name: str) -> str:
    """Name of a number as words, its unit in brackets: ``max_rtt_ms`` is ``Maximum RTT [ms]``."""
    words, unit = number_words(name)
    return f"{words} [{unit}]" if unit else words


def number_words(name: str, *, has_unit: bool = True) -> tuple[str, str]:
    """Words of the name of a number, and the unit that it ends with.

    Parameters
    ----------
    name : str
        Such as ``max_rtt_ms``: ``Maximum RTT`` and ``ms``.
    has_unit : bool, default True
        False leaves a unit at the end among the words.
    """
    name, unit, where = clean(name), "", ""
    if has_unit and (found := _UNIT.search(name)):
        parts = re.split("_per_|(?<=^per)_|_(?=month$|yr$|year$)", found[1])
        unit = "/".join(_WRITTEN.get(part, part) for part in parts)
        where = " within 150 km" if found[2] else ""
        name = name[: found.start()] or _MEASURED.get(parts[0], found[1])
    if has_unit:
        name = re.sub(r"(?<![^_])(mwh?|wh)(?=_per_)", lambda part: _MEASURED[part[0]], name)
    words = name.replace("_", " ")
    words = _SHORT.sub(lambda word: _WRITTEN.get(word[0], word[0].upper()), words)
    return plain_title(_whole(words)) + where, unit


def _whole(words: str) -> str:
    """Words with those that keys shorten written out."""
    for short, whole in _ENDS:
        words = re.sub(short, whole, words)
    return words


def limit_words(name: str) -> str:
    """A key of a limit, or a fact of a place, as words: ``pue_max`` is ``Maximum PUE``."""
    known = name.strip().removeprefix("limits.").replace("policy.laws", "law")
    if known in _LIMITS:
        return _LIMITS[known]
    return _whole(plain_title(re.sub(r"(?<=[_.])mw(?=_|$)", "MW", known).replace(".", " ")))


def titled(words: str, basis: str) -> str:
    """Words with the year that they are of, or ``mean of the plan``, where either is said."""
    return f"{words} ({clean(basis)})" if basis else words


def titled_table(words: str, placement: Placement) -> str:
    """Words on numbers of the tables, with their year and scenario where there are several."""
    return titled(words, tables_basis(placement.study))


def titled_total(words: str, placement: Placement) -> str:
    """Words on totals, which of several periods and scenarios are the mean of the plan."""
    return titled(words, totals_basis(placement.study))


def megawatts(value: float) -> str:
    """Power with its unit [MW]."""
    return f"{number(float(value))} MW"


def amount(metric: str, value: float) -> str:
    """A metric in the largest unit that leaves a number of at least one."""
    return LIMITED[metric].amount(float(value))


#: What a key of ``other_conventions`` says after its metric.
_CONVENTIONS: Mapping[str, str] = {
    "location_based": "location-based: as if nothing were contracted",
    "contract_based": "contract-based: contracts as the plants behind them",
    "marginal": "at the margin: what an added load calls for",
    "average": "average of all that generates",
    "operational": "of it electricity and fuel",
    "embodied": "of it building, plant, servers and stores",
    "servers_best": "with servers at their estimate",
    "servers_low": "with servers at the low end of their range",
    "servers_high": "with servers at the high end of their range",
    "prices_best": "with prices at their estimate",
    "prices_low": "with prices at the low end of their range",
    "prices_high": "with prices at the high end of their range",
    "hydro_zero": "with no water counted for hydropower",
    "hydro_best": "with the best estimate for hydropower: by country and plant",
    "hydro_country": "with the country's mean for hydropower",
    "hydro_evaporation": "with 17 L/kWh for hydropower everywhere",
}


def convention_of(key: str) -> str | None:
    """Metric that a key of ``other_conventions`` begins with, the longest that fits."""
    found = [metric for metric in METRICS if key == metric or key.startswith(f"{metric}_")]
    return max(found, key=len, default=None)


def convention_title(key: str, *, short: bool = False) -> str:
    """Heading of a key of ``other_conventions``: the metric, then what is different.

    ``short`` says only what is different.
    """
    metric = convention_of(key)
    if metric is None:
        return plain_title(key)
    rest = key[len(metric) + 1 :]
    words = _CONVENTIONS.get(rest, plain_title(rest).lower())
    if short or not rest:
        return words or LIMITED[metric].title
    return f"{LIMITED[metric].title} ({words})"


def gap_text(gap: float) -> str:
    """A relative gap in percent, rounded up to two figures so that it is never understated."""
    if not math.isfinite(gap):
        return "an unknown amount"
    percent = 100.0 * max(gap, 0.0)
    if percent < 1e-7:
        return "0 %"
    step = 10.0 ** (math.floor(math.log10(percent)) - 1)
    return f"{number(math.ceil(percent / step - 1e-9) * step, 2)} %"


def status_sentence(placement: Placement) -> str:
    """Sentence on the proof of a solution; optimal only where the status is optimal."""
    gap, asked = gap_text(placement.gap), gap_text(placement.study.solver.gap)
    unproven = not math.isfinite(placement.gap)
    match placement.status:
        case Status.OPTIMAL:
            return f"Optimal: proven within {gap} of the best possible."
        case Status.GAP_LIMIT:
            kept = placement.gap <= placement.study.solver.gap
            reason = f"as asked ({asked})" if kept else f"the least it could prove of {asked} asked"
            return f"Within {gap} of the best possible, {reason}."
        case Status.TIME_LIMIT | Status.INTERRUPTED if unproven:
            return "Stopped before any bound was proven: a better placement may exist."
        case Status.TIME_LIMIT | Status.INTERRUPTED:
            return (
                f"Stopped before the asked gap ({asked}): a placement up to {gap} better may exist."
            )
        case _:
            return "No placement meets every limit."


def audit_colour(audit: Mapping[str, Any] | None) -> str:
    """Class of the verdict of the audit: good, bad, or warn where there is none."""
    passed = None if audit is None else audit.get("passed")
    return "warn" if passed is None else "good" if passed else "bad"


def audit_sentence(audit: Mapping[str, Any] | None) -> str:
    """Verdict of the independent re-evaluation, in one sentence."""
    if audit is None:
        return "Not audited."
    verdict = audit.get("passed")
    if verdict is None:
        return "Audited over all weather steps."
    if verdict:
        return "Audit passed: re-evaluated over all weather steps by independent code."
    first, *more = audit.get("faults") or ("the re-evaluation over all weather steps disagrees",)
    return f"Audit FAILED: {clean(first)}{f', and {len(more)} more' if more else ''}."


#: Unit at the end of a description, and one that is another's.
_BRACKET = re.compile(r"\[([^\[\]]+)\]$")
_OF_THE_KEY_ABOVE = "as the quantity"
#: Words of a unit such as 1/d at the end of a name.
_RATE = re.compile(r"_per_(?:day|year|yr)$")
#: Years at the end of a name whose unit is in brackets.
_YEARS = re.compile(r"(?<=lifetime)_years$")
#: Keys whose name is no noun before that of the next.
_OF = {"weights": "weight of"}


@dataclass(frozen=True)
class _Step:
    """One part of a path: a key, or an entry of the list or the mapping ``within``."""

    name: str
    node: Mapping[str, Any]
    within: str = ""


def key_title(path: str) -> str:
    """Title of a key of a study with its unit, after the entry or the key that it stands in.

    Parameters
    ----------
    path : str
        As ``--set`` takes it, or a column that is no key.
    """
    return _title(path, is_whole=False)


def key_titles(paths: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Title of each key; those that would be the same begin with their section.

    ``paths`` are keys or columns that are none, ``taken`` the titles of something else beside them.
    """
    titles = {path: key_title(path) for path in paths}
    seen = Counter([*titles.values(), *taken])
    return {path: title if seen[title] == 1 else _title(path, is_whole=True)
            for path, title in titles.items()}  # fmt: skip


def key_unit(path: str) -> str:
    """Unit of a key: that of its description, else that of its name; empty where it has none.

    A share, a factor or a count has none.
    """
    return _unit(_steps(clean(path)))


def _title(path: str, *, is_whole: bool) -> str:
    steps = _steps(clean(path))
    if not steps:
        return ""
    first = next((i for i, step in enumerate(steps) if step.within), max(len(steps) - 2, 1))
    shown = steps if is_whole or len(steps) == 1 else steps[first:]
    parts = [_words(step) for step in shown]
    if is_whole and len(parts) > 1:
        parts[0] += ","
    said, unit = plain_title(" ".join(parts).removesuffix(",")), _unit(steps)
    return f"{said} [{unit}]" if unit else said


def _words(step: _Step) -> str:
    """Of an entry its number or its name, of a key its words as within a sentence."""
    if step.within:
        return (
            f"{_one_of(step.within)} {int(step.name) + 1}," if step.name.isdecimal() else step.name
        )
    name = _OF.get(step.name) or _YEARS.sub("", step.name)
    if _said(step.node).startswith("1/"):
        name = _RATE.sub("", name)
    words = number_words(name, has_unit=not _is_yes_or_no(step.node))[0]
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def _one_of(several: str) -> str:
    """Name of one entry of a list: ``periods`` has a ``period``."""
    return re.sub(r"(?<!s)s$", "", re.sub(r"ies$", "y", several))


def _unit(steps: tuple[_Step, ...]) -> str:
    *before, last = steps
    said = _said(last.node)
    if said == _OF_THE_KEY_ABOVE and before:
        return _unit(tuple(before))
    if said == "-":
        return ""
    if said and "unit" not in said:
        return re.sub(r"\bt(?=CO₂)", "t ", said.replace("CO2", "CO₂").replace("m3", "m³"))
    return "" if said or _is_yes_or_no(last.node) else number_words(last.name)[1]


def _said(node: Mapping[str, Any]) -> str:
    found = _BRACKET.search(node.get("description", ""))
    return found[1] if found else ""


def _is_yes_or_no(node: Mapping[str, Any]) -> bool:
    return any(way.get("type") == "boolean" for way in _ways(node))


@cache
def _steps(path: str) -> tuple[_Step, ...]:
    """Parts of a path, each with its place in the schema; empty where the schema has none."""
    node: Mapping[str, Any] = study_schema()
    steps: list[_Step] = []
    for name in re.findall(r"[^.\[\]]+", path):
        ways = list(_ways(node))
        keys = next((way["properties"] for way in ways if name in way.get("properties", ())), None)
        within = [way.get("items") or way.get("additionalProperties") for way in ways]
        entry = next((each for each in within if isinstance(each, dict)), None)
        node = keys[name] if keys is not None else entry or {}
        is_entry = keys is None and bool(entry)
        steps.append(_Step(name, node, steps[-1].name if is_entry and steps else ""))
    return tuple(steps)


def _ways(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Forms that a place of the schema may have, with references followed."""
    for way in (node, *node.get("anyOf", ()), *node.get("oneOf", ())):
        reference = way.get("$ref", "")
        yield study_schema()["$defs"][reference.rsplit("/", 1)[-1]] if reference else way
