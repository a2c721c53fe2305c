"""Checks that need more than one key of a study.

They read the study as plain data in which `UNKNOWN` marks a value that is itself faulty, so
that they can run in the same pass as the checks of single keys.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from siting.config.demand import ENERGY_FORMS, MAX_IT_MW, is_file_name
from siting.config.issues import UNKNOWN, Issue, Key, closest, show, suggest
from siting.config.operation_checks import operation_structure
from siting.config.presets import preset_issues, with_preset
from siting.config.state_checks import state_structure
from siting.config.structure_checks import structure_issues

__all__ = ["cross_issues", "unknown_names"]

type Plain = Mapping[str, Any]


def cross_issues(study: Plain) -> list[Issue]:
    """Return everything in a study that does not fit together."""
    checks = (
        _selectors, _sites, _workloads, _weights, _counts, _sizes, _share, state_structure,
        operation_structure,
        structure_issues,
    )  # fmt: skip
    return [issue for check in checks for issue in check(study)]


_MAY_BE_OWN = {"candidates.exclude", "limits.open", "limits.closed"}


def unknown_names(study: Plain, known: Mapping[str, Collection[str]]) -> list[Issue]:
    """Return the names that the catalogue does not have.

    A file of the planner's own may bring names that the catalogue cannot know.
    """
    own_sites = bool(_section(study, "candidates").get("file"))
    issues = []
    for dotted_key, allowed in known.items():
        section, key = dotted_key.split(".")
        if own_sites and dotted_key in _MAY_BE_OWN:
            continue
        values = _section(study, section).get(key)
        for i, name in enumerate(_names(_section(study, section), key)):
            if name in allowed or (dotted_key == "demand.regions" and is_file_name(name)):
                continue
            place: Key = (section, key) if isinstance(values, str) else (section, key, i)
            remedy = _remedy(name, allowed, "--demand" if section == "demand" else "")
            issues.append(Issue(place, f"is {show(name)}, which is not known", remedy))
    return issues


def _remedy(name: str, allowed: Collection[str], option: str) -> str:
    if len(allowed) < 20:
        return suggest(name, allowed)
    match = closest(name, allowed)
    hint = f"Did you mean {match}? " if match else ""
    return f"{hint}`{f'siting sites {option}'.strip()}` lists what there is."


def _section(study: Plain, name: str) -> Plain:
    section = study.get(name)
    return section if isinstance(section, Mapping) else {}


def _number(section: Plain, key: str) -> float | None:
    value = section.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _names(section: Plain, key: str) -> list[str]:
    value = section.get(key)
    if isinstance(value, str):
        return [value]
    return [v for v in value if isinstance(v, str)] if isinstance(value, list | tuple) else []


def _selectors(study: Plain) -> Iterator[Issue]:
    candidates = study.get("candidates")
    keys = ("kinds", "sites", "region", "file")
    made = study.get("screen") is not None
    if (
        isinstance(candidates, Mapping)
        and not made
        and not any(candidates.get(key) for key in keys)
    ):
        yield Issue(
            ("candidates",),
            "selects no candidate site",
            "Give at least one of kinds, sites, region or file; `kinds: all` takes every site. "
            "Or a section screen, whose cells become the candidates.",
        )


def _sites(study: Plain) -> Iterator[Issue]:
    candidates, limits = _section(study, "candidates"), _section(study, "limits")
    conflicts: tuple[tuple[Key, list[str], str, list[str]], ...] = (
        (
            ("limits", "open"),
            _names(limits, "open"),
            "limits.closed",
            _names(limits, "closed"),
        ),
        (
            ("limits", "open"),
            _names(limits, "open"),
            "candidates.exclude",
            _names(candidates, "exclude"),
        ),
        (
            ("candidates", "sites"),
            _names(candidates, "sites"),
            "candidates.exclude",
            _names(candidates, "exclude"),
        ),
    )
    for key, names, other, others in conflicts:
        both = [name for name in names if name in others]
        if both:
            yield Issue(
                key, f"names {', '.join(both)}, which {other} names too", "Keep it in one of them."
            )


def _workloads(study: Plain) -> Iterator[Issue]:
    workloads = _section(study, "demand").get("workloads")
    seen: dict[str, int] = {}
    for i, workload in enumerate(workloads if isinstance(workloads, list | tuple) else ()):
        if not isinstance(workload, Mapping):
            continue
        key: Key = ("demand", "workloads", i)
        name = workload.get("name")
        if isinstance(name, str):
            if name in seen:
                yield Issue(
                    (*key, "name"),
                    f"is {show(name)}, the name of workload {seen[name]} too",
                    "Give each workload its own name.",
                )
            seen.setdefault(name, i)
        yield from preset_issues(key, workload)
        yield from _energy(key, with_preset(workload))


def _energy(key: Key, workload: Plain) -> Iterator[Issue]:
    forms = " | ".join(" + ".join(form) for form in ENERGY_FORMS)
    given = [form for form in ENERGY_FORMS if any(workload.get(k) is not None for k in form)]
    if len(given) != 1:
        problem = "states its energy in more than one way" if given else "states no energy"
        yield Issue(key, problem, f"Give exactly one of: {forms}.")
        return
    form = given[0]
    for k in form:
        if workload.get(k) is None and workload.get("preset") is None:
            yield Issue((*key, k), "is missing", f"{' and '.join(form)} belong together.")
    pue = workload.get("reported_pue", 1.0)
    if form == ("it_mw",) and pue is not UNKNOWN and pue != 1:
        yield Issue(
            (*key, "reported_pue"),
            f"is {show(pue)}, but it_mw is IT load and contains no PUE",
            "Leave reported_pue out, or give the energy per request or per run.",
        )
    if form != ("it_mw",):
        yield from _plausible_load(key, workload, form)


def _plausible_load(key: Key, workload: Plain, form: tuple[str, ...]) -> Iterator[Issue]:
    count, energy = (_number(workload, k) for k in form)
    if count is None or energy is None:
        return
    mw = count * energy / (24e6 if form[0] == "requests_per_day" else 8760)
    if mw > MAX_IT_MW:
        yield Issue(
            key,
            f"{show(count)} × {show(energy)} is {mw:,.0f} MW, more than every data center today",
            f"Check the units of {' and '.join(form)}; at most {MAX_IT_MW:,.0f} MW.",
        )


def _weights(study: Plain) -> Iterator[Issue]:
    objective = _section(study, "objective")
    weights = objective.get("weights")
    if objective.get("method", "weighted") != "weighted" or not isinstance(weights, Mapping):
        return
    if all(value == 0 for value in weights.values()):
        yield Issue(
            ("objective", "weights"),
            "gives every metric the weight 0",
            "Give at least one of energy, carbon, water and cost a weight above 0.",
        )


def _ordered(limits: Plain, low: str, high: str) -> Iterator[Issue]:
    least, most = _number(limits, low), _number(limits, high)
    if least is not None and most is not None and least > most:
        yield Issue(
            ("limits", low),
            f"is {show(least)}, above {high} = {show(most)}",
            f"Lower {low} or raise {high}.",
        )


def _counts(study: Plain) -> Iterator[Issue]:
    limits = _section(study, "limits")
    yield from _ordered(limits, "min_sites", "max_sites")
    most, forced = _number(limits, "max_sites"), len(_names(limits, "open"))
    if most is not None and forced > most:
        yield Issue(
            ("limits", "open"),
            f"names {forced} sites, more than max_sites = {show(most)}",
            "Name fewer sites or raise max_sites.",
        )


def _sizes(study: Plain) -> Iterator[Issue]:
    yield from _ordered(_section(study, "limits"), "min_mw_per_site", "max_mw_per_site")


def _share(study: Plain) -> Iterator[Issue]:
    limits = _section(study, "limits")
    share, most = _number(limits, "max_share_per_site"), _number(limits, "max_sites")
    if share is not None and most is not None and share * most < 1 - 1e-9:
        yield Issue(
            ("limits", "max_share_per_site"),
            f"is {show(share)}, so that {show(most)} sites carry at most {share * most:.0%}",
            f"Raise it to {1 / most:.3g} or more, or raise max_sites.",
        )
