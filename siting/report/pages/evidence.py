"""The sections of the page that say how far its answer can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from siting.nomenclature import LIMITED
from siting.placement import Placement
from siting.report.data.wording import (
    amount,
    audit_sentence,
    clean,
    convention_of,
    convention_title,
    gap_text,
    number,
    plain_title,
    titled_total,
)
from siting.report.pages.html import Column, Markup, element, facts, join, table

__all__ = [
    "audit_section",
    "conventions_section",
    "left_out_section",
    "payoff_section",
    "proof_section",
    "stages_section",
    "study_section",
]


#: Sentences of a list that are shown before one opens it.
_AT_ONCE = 8
#: Columns of the parts of the carbon, in words.
_CARBON_PARTS: Mapping[str, str] = {
    "carbon_grid_t_co2e": "Energy from the grid",
    "carbon_contracts_t_co2e": "Contracted energy",
    "carbon_gas_t_co2e": "Gas burnt on site",
    "carbon_building_t_co2e": "Building and plant, embodied",
    "carbon_refrigerant_t_co2e": "Refrigerant that leaks",
    "carbon_refresh_t_co2e": "Vessels that retrieve sealed pods",
    "carbon_site_t_co2e": "Works and substation of the sites, embodied",
    "carbon_servers_t_co2e": "Servers, embodied",
    "carbon_on_site_t_co2e": "Stores and generators, less counted heat",
}
#: Columns of the parts of the cost, in words.
_COST_PARTS: Mapping[str, str] = {
    "cost_grid_usd": "Energy from the grid",
    "cost_contracts_usd": "Contracted energy, used or not",
    "cost_electricity_tax_usd": "Tax on electricity",
    "cost_gas_usd": "Gas burnt on site",
    "cost_water_usd": "Water",
    "cost_halls_usd": "Halls, capital",
    "cost_om_usd": "Operation and maintenance of halls",
    "cost_refresh_usd": "Retrieving sealed pods to change their IT",
    "cost_site_usd": "Opening and holding the sites",
    "cost_on_site_usd": "Stores and generators, less heat sold",
    "cost_carbon_usd": "Price of carbon",
}


def proof_section(placement: Placement) -> Markup:
    """Value, bound and gap as numbers."""
    rows = [
        ("Objective", number(placement.objective, 7)),
        ("Proven bound", number(placement.bound, 7)),
        ("Proven relative gap", gap_text(placement.gap)),
        ("Gap asked for", gap_text(placement.study.solver.gap)),
    ]
    return facts("What was proven about the answer.", rows)


def conventions_section(placement: Placement) -> Markup:
    """Return the same placement, counted as the study did and as it did not."""
    chosen = [(LIMITED[m].title, LIMITED[m].unit_shown, v) for m, v in placement.metrics.items()]
    other = [
        (convention_title(key), _unit(key), value)
        for key, value in placement.other_conventions.items()
    ]
    rows = [(*row, "chosen by the study") for row in chosen]
    rows += [(*row, "for comparison") for row in other]
    rows += _per_it_kwh(placement)
    caption = titled_total("Totals of a year", placement)
    totals = table(
        f"{caption} under the conventions of the study, and under others.",
        [
            Column("Metric", [row[0] for row in rows]),
            Column("Unit", [row[1] for row in rows]),
            Column("Value", [row[2] for row in rows], numeric=True),
            Column("Convention", [row[3] for row in rows]),
        ],
    )
    carbon = _parts(placement, "carbon", _CARBON_PARTS, "t CO₂e a year", 1.0)
    cost = _parts(placement, "cost", _COST_PARTS, "million USD a year", 1e6)
    notes = [*_hangs_on_hydropower(placement), *_near_borders(placement), *_weak(placement)]
    return join([totals, *notes, *carbon, *cost])


def _weak(placement: Placement) -> list[Markup]:
    """Name the sites whose size rests on the assumed connection."""
    sites = placement.sites
    bound = sites[
        sites["binding"].astype(str).str.split(", ").map(lambda names: "connection" in names)
    ]
    text = (
        "Connections of the catalogue are a weak assumption, a twentieth of the plants within "
        "150 km and below what stands in several places. They decide the size of "
        f"{', '.join(clean(name) for name in bound['name'])}: ask the utility, and give "
        "connection_mw in a file of sites."
    )
    return [element("p", text)] if len(bound) else []


def _near_borders(placement: Placement) -> list[Markup]:
    """Name the sites near a border of basins of which one is twice as scarce as another."""
    sites = placement.sites
    if "scarcity_high" not in sites:
        return []
    near = sites[sites["scarcity_high"] >= 2.0 * sites["scarcity_low"]]
    named = [
        f"{clean(row['name'])} {number(row['scarcity_factor'])} "
        f"({number(row['scarcity_low'])} to {number(row['scarcity_high'])})"
        for _, row in near.iterrows()
    ]
    text = (
        "AWARE factors change at once at the border of a basin. Within 30 km of one, with the "
        f"range on both sides [m³ world-eq/m³]: {', '.join(named)}."
    )
    return [element("p", text)] if named else []


def _per_it_kwh(placement: Placement) -> list[tuple[str, str, float, str]]:
    """Carbon for each kWh of IT energy: of electricity and fuel, and of all."""
    it_mwh = 8760.0 * float(placement.mean_sites["it_mw"].sum())
    running = placement.other_conventions.get("carbon_t_co2e_operational")
    total = placement.metrics.get("carbon_t_co2e", 0.0)
    if it_mwh <= 0 or running is None:
        return []
    return [
        ("Carbon of electricity and fuel per IT energy", "g/kWh", 1000.0 * running / it_mwh, ""),
        ("Carbon per IT energy", "g/kWh", 1000.0 * total / it_mwh, ""),
    ]


def _hangs_on_hydropower(placement: Placement) -> list[Markup]:
    """Say how much of the water is a convention, where it is more than a tenth."""
    total = placement.metrics.get("water_m3", 0.0)
    chosen = placement.study.supply.hydro_water
    without = total if chosen == "zero" else placement.other_conventions.get("water_m3_hydro_zero")
    most = placement.other_conventions.get("water_m3_hydro_evaporation", total)
    if without is None or max(total, most) <= 0 or 1.0 - without / max(total, most) < 0.1:
        return []
    share = (total - without) / total if total > 0 else 0.0
    low, high = amount("water_m3", without), amount("water_m3", max(total, most))
    text = (
        f"Water of hydropower is a convention (supply.hydro_water: {chosen}). Of the water "
        f"counted {share:.0%} is that of reservoirs; by convention the same placement has {low} to "
        f"{high}. Where water counts, another convention may choose other sites: siting robustness "
        "says how much of the load stays."
    )
    return [element("p", text)]


def _parts(
    placement: Placement, of: str, names: Mapping[str, str], unit: str, factor: float
) -> list[Markup]:
    """Return what a total is made of; nothing where a run has no such columns."""
    sites = placement.mean_sites
    parts = [(title, float(sites[key].sum()) / factor) for key, title in names.items()
             if key in sites]  # fmt: skip
    if not parts:
        return []
    columns = [
        Column("Part", [title for title, _ in parts]),
        Column(unit, [value for _, value in parts], numeric=True),
    ]
    caption = titled_total(f"What the {of} is made of", placement)
    return [table(f"{caption}; the parts add up to the total that the study counts.", columns)]


def _unit(key: str) -> str:
    """Unit of a key of ``other_conventions``, that of the longest metric it begins with."""
    metric = convention_of(key)
    return LIMITED[metric].unit_shown if metric else "–"


def payoff_section(placement: Placement) -> Markup:
    """Best and nadir value of each metric that scaled a weighted objective."""
    if not placement.payoff:
        return element("p", "No metric was scaled: the objective is not a weighted sum.")
    metrics = list(placement.payoff)
    columns = [
        Column("Metric", [LIMITED[m].title if m in LIMITED else plain_title(m) for m in metrics]),
        Column("Unit", [LIMITED[m].unit_shown if m in LIMITED else "–" for m in metrics]),
        *(
            Column(title, [placement.payoff[m].get(key) for m in metrics], numeric=True)
            for key, title in (("best", "Best"), ("nadir", "Nadir"))
        ),
        Column("Proven gap", [gap_text(placement.payoff[m].get("gap", float("nan")))
                              for m in metrics]),
    ]  # fmt: skip
    caption = titled_total("Each metric minimized alone", placement)
    return table(f"{caption}, and its worst value then.", columns)


def stages_section(placement: Placement) -> Markup:
    """Objective, bound and gap of each solve that the placement hangs on."""
    if not placement.stages:
        return element("p", "The placement comes from one solve.")
    stages = placement.stages
    columns = [
        Column("Solve", [LIMITED[s["name"]].title if s["name"] in LIMITED else clean(s["name"])
                         for s in stages]),
        Column("Objective", [s["objective"] for s in stages], numeric=True),
        Column("Proven bound", [s["bound"] for s in stages], numeric=True),
        Column("Proven gap", [gap_text(s["gap"]) for s in stages]),
        Column("Ended by", ["time" if s["timed_out"] else "gap asked for" for s in stages]),
    ]  # fmt: skip
    return table("Each solve in turn; the status is that of the weakest.", columns)


def audit_section(placement: Placement) -> Markup:
    """Verdict, differences, limits and what the time slices hid."""
    audit = placement.audit
    passed = None if audit is None else audit.get("passed")
    colour = {True: "good", False: "bad"}.get(passed) if passed is not None else "warn"
    parts = [element("p", audit_sentence(audit), class_=f"status {colour}")]
    if audit is None:
        return join(parts)
    parts += [_listed(title, audit.get(key)) for key, title in
              (("faults", "Faults"), ("hidden", "What the time slices hid"))]  # fmt: skip
    if audit.get("metrics"):
        parts.append(_recomputed(placement, audit))
    if audit.get("limits"):
        parts.append(_limits(audit))
    return join(parts)


def _listed(title: str, sentences: Any) -> Markup:
    """Sentences under a heading; where there are many, the rest can be opened."""
    if not sentences:
        return Markup("")
    items = [element("li", clean(sentence)) for sentence in sentences]
    first, rest = items[:_AT_ONCE], items[_AT_ONCE:]
    parts = [element("h3", title), element("ul", join(first))]
    if rest:
        more = element("summary", f"{number(len(rest))} more")
        parts.append(element("details", more, element("ul", join(rest))))
    return join(parts)


def _recomputed(placement: Placement, audit: Mapping[str, Any]) -> Markup:
    metrics = list(audit["metrics"])
    differences = audit.get("differences") or {}
    shares = [_percent(differences.get(metric)) for metric in metrics]
    columns = [
        Column("Metric", [LIMITED[m].title if m in LIMITED else plain_title(m) for m in metrics]),
        Column("Unit", [LIMITED[m].unit_shown if m in LIMITED else "–" for m in metrics]),
        Column("Optimizer", [placement.metrics.get(m) for m in metrics], numeric=True),
        Column("Audit", [audit["metrics"][m] for m in metrics], numeric=True),
        Column("Difference", shares),
    ]
    steps = audit.get("steps")
    over = f"over {number(steps, 9)} weather steps" if steps else "over all weather steps"
    return table(f"{titled_total('Totals of a year', placement)}, recomputed {over}.", columns)


def _percent(share: Any) -> str:
    if share is None:
        return "–"
    return "0 %" if abs(share) < 5e-6 else f"{100 * float(share):+.3f} %"


def _limits(audit: Mapping[str, Any]) -> Markup:
    limits = audit["limits"]
    columns = [
        Column("Limit", [plain_title(str(row.get("name", ""))) for row in limits]),
        Column("Where", [clean(row.get("where") or "all sites") for row in limits]),
        Column("Value", [row.get("value") for row in limits], numeric=True),
        Column("Limit value", [row.get("limit") for row in limits], numeric=True),
        Column("Beyond the limit", [row.get("excess") for row in limits], numeric=True),
        Column("Unit", [row.get("unit") or "–" for row in limits]),
        Column("Verdict", ["kept" if row.get("ok") else "BROKEN" for row in limits]),
    ]
    shown = table(
        f"{len(limits)} limits, each looked at on its own; negative beyond the limit is room left.",
        columns,
        sortable=True,
    )
    return element("details", element("summary", f"The {len(limits)} limits one by one"), shown)


def left_out_section(placement: Placement) -> Markup:
    """Candidates that could not compete, with the reason of each."""
    if not placement.left_out:
        return element("p", "Every candidate could compete.")
    names = list(placement.left_out)
    columns = [
        Column("Candidate", names),
        Column("Why", [clean(placement.left_out[name]) for name in names]),
    ]
    shown = table("Candidates that could not compete, and why.", columns, sortable=True)
    summary = f"{len(names)} {'candidate' if len(names) == 1 else 'candidates'} left out"
    return element("details", element("summary", summary), shown)


def study_section(placement: Placement) -> Markup:
    """Everything that is needed to get the same answer again."""
    rows: list[tuple[object, object]] = [("Seed", placement.seed)]
    rows.append(("Hash of the built-in tables (SHA-256)",
                 element("code", placement.catalogue_sha256)))  # fmt: skip
    rows += [(f"Version of {name}", version) for name, version in placement.versions.items()]
    rows += [
        (f"Size: {plain_title(k).lower()}", number(v, 9)) for k, v in placement.screened.items()
    ]
    rows += [
        (f"Seconds: {plain_title(k).lower()}", f"{v:.2f}") for k, v in placement.seconds.items()
    ]
    yaml = element("pre", element("code", placement.study.to_yaml()), tabindex="0")
    study = element("details", element("summary", "The resolved study (YAML)"), yaml)
    return join([facts("What the answer was computed with.", rows), study])
