"""Tabs of the page of a placement that say how far it can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from siting.config.study import totals_basis
from siting.nomenclature import LIMITED, signed
from siting.placement import Placement
from siting.report.data import (
    amount,
    audit_colour,
    audit_sentence,
    clean,
    gap_text,
    number,
    number_title,
    plain_title,
    status_sentence,
    titled,
    titled_table,
    titled_total,
)
from siting.report.pages.parts import (
    Code,
    Column,
    Fold,
    Heading,
    Items,
    Part,
    Tab,
    Table,
    Text,
    facts,
)
from siting.report.pages.sites import site_column

__all__ = [
    "audit_tab",
    "hangs_on_hydropower",
    "hangs_on_ranges",
    "method_tab",
    "near_borders",
    "sensitivity_tab",
    "smallest_sites",
    "sources_tab",
]


def _weak(placement: Placement) -> Iterator[Text]:
    """Name the sites whose size rests on the assumed connection."""
    sites = placement.sites
    bound = sites[
        sites["binding"].astype(str).str.split(", ").map(lambda names: "connection" in names)
    ]
    if len(bound):
        yield Text(
            "Connections of the catalogue are a weak assumption, a twentieth of the plants within "
            "150 km and below what stands in several places. They decide the size of "
            f"{', '.join(clean(name) for name in bound['name'])}: ask the utility, and give "
            "connection_mw in a file of sites."
        )


def near_borders(placement: Placement) -> Iterator[Text]:
    """Name the sites near a border of basins of which one is twice as scarce as another."""
    sites = placement.sites
    if "scarcity_high" not in sites:
        return
    near = sites[sites["scarcity_high"] >= 2.0 * sites["scarcity_low"]]
    named = [
        f"{clean(row['name'])} {number(row['scarcity_factor'])} "
        f"({number(row['scarcity_low'])} to {number(row['scarcity_high'])})"
        for _, row in near.iterrows()
    ]
    if named:
        yield Text(
            "AWARE factors change at once at the border of a basin. Within 30 km of one, with the "
            f"range on both sides [m³ world-eq/m³]: {', '.join(named)}."
        )


def hangs_on_hydropower(placement: Placement) -> Iterator[Text]:
    """Say how much of the water is a convention, where it is more than a tenth."""
    total = placement.metrics.get("water_m3", 0.0)
    chosen = placement.study.supply.hydro_water
    without = total if chosen == "zero" else placement.other_conventions.get("water_m3_hydro_zero")
    most = placement.other_conventions.get("water_m3_hydro_evaporation", total)
    if without is None or max(total, most) <= 0 or 1.0 - without / max(total, most) < 0.1:
        return
    share = (total - without) / total if total > 0 else 0.0
    low, high = amount("water_m3", without), amount("water_m3", max(total, most))
    yield Text(
        f"Water of hydropower is a convention (supply.hydro_water: {chosen}). Of the water "
        f"counted {share:.0%} is that of reservoirs; by convention the same placement has {low} to "
        f"{high}. Where water counts, another convention may choose other sites: siting robustness "
        "says how much of the load stays."
    )


#: Conventions that are ends of a range, and what they are the range of.
_RANGES = {
    "cost_usd_prices": (
        "cost_usd", "supply.prices", "the prices of electricity",
        "What is measured does not move, so that another end may choose other sites",
    ),
    "carbon_t_co2e_servers": (
        "carbon_t_co2e", "demand.server_carbon", "the carbon of servers",
        "It weighs the same everywhere and moves a placement only through a limit or a price of "
        "carbon, spare servers or their utilization",
    ),
}  # fmt: skip


def hangs_on_ranges(placement: Placement) -> Iterator[Text]:
    """Say what the ranges of prices and of servers leave open, where that is more than a tenth."""
    for prefix, (metric, key, words, means) in _RANGES.items():
        total, other = placement.metrics.get(metric, 0.0), placement.other_conventions
        ends = [value for name, value in other.items() if name.startswith(f"{prefix}_")]
        values = [*ends, total]
        if not ends or max(values) - min(values) <= 0.1 * total:
            continue
        low, high = amount(metric, min(values)), amount(metric, max(values))
        yield Text(
            f"{LIMITED[metric].title} depends on {words} ({key}): over their range the same "
            f"placement has {low} to {high}. {means}: siting robustness says how much of the "
            "load stays."
        )


def sensitivity_tab(placement: Placement) -> Tab:
    """Cost of closing a site, what the recommendation depends on, and each metric alone."""
    weak = [
        *_weak(placement),
        *hangs_on_hydropower(placement),
        *hangs_on_ranges(placement),
        *near_borders(placement),
    ]
    hangs: list[Part] = [Heading("What the recommendation depends on"), *weak] if weak else []
    more = Text(
        "siting robustness solves the study under other conventions and factors, siting "
        "alternatives finds other sites within a gap, and siting explain says what would open or "
        "close a site.", "note")  # fmt: skip
    without = [Heading("Without one of the smallest sites"), *smallest_sites(placement)]
    alone = [Heading("Each metric by itself"), _payoff(placement)]
    return Tab("Sensitivity", [*without, *hangs, *alone, more])


def smallest_sites(placement: Placement) -> list[Part]:
    """Share of the totals of each of the smallest sites, and the change without it."""
    closings = [c for c in placement.closings if c["site"] in placement.sites.index]
    if not closings:
        return [Text("No site was closed on its own to see what that would cost.")]
    names = [clean(placement.sites["name"][c["site"]]) for c in closings]
    shown = [m for m in LIMITED if any(c["metrics"] for c in closings)
             and all(m in c["metrics"] for c in closings if c["metrics"])
             and m in placement.mean_sites]  # fmt: skip
    of_all = placement.mean_sites
    shares = 100.0 * of_all / of_all.sum()
    columns = [
        Column("Site", names),
        Column("Share of the IT load [%]", [shares["it_mw"][c["site"]] for c in closings],
               numeric=True, digits=3),
        Column("Objective without it", [_worse(c["objective"]) for c in closings]),
        *(Column(LIMITED[m].title, [_change(m, c["metrics"].get(m)) for c in closings])
          for m in shown),
    ]  # fmt: skip
    told = (
        "Each site is closed by itself, the other open sites take its load and may grow, and no "
        "further site opens: it costs at most so much, and less where a new site would do better. "
        f"The placement itself is proven to {gap_text(placement.gap)}; differences of that size "
        "say nothing."
    )
    caption = titled_total("Change of the totals of a year without each of the smallest sites",
                           placement)  # fmt: skip
    return [Table(f"{caption}.", columns), Text(told, "note")]


def _worse(objective: float | None) -> str:
    if objective is None:
        return "not possible: reach, room or another limit keeps the others from its load"
    return f"{'+' if objective >= 0 else ''}{number(100.0 * objective, 2)} %"


def _change(metric: str, change: float | None) -> str:
    if change is None:
        return "–"
    return f"{'+' if change >= 0 else ''}{amount(metric, change)}"


#: Said where the table did not end in its share of the time.
TYPICAL = (
    "The time limit ended the computation of each metric's best value, so that typical values of "
    "the metrics scale the weights. With a longer limit the placement may be another one."
)


def _payoff(placement: Placement) -> Table | Text:
    """Best and nadir value of each metric that scaled a weighted objective."""
    if not placement.payoff:
        return Text(
            "No metric had to be scaled: the objective weighs one metric, or takes several in turn."
        )
    metrics = list(placement.payoff)
    if any(row.get("typical") for row in placement.payoff.values()):
        return Text(TYPICAL)
    columns = [
        Column("Metric", [_title(m) for m in metrics]),
        Column("Unit", [LIMITED[m].unit_shown if m in LIMITED else "–" for m in metrics]),
        *(
            Column(title, [placement.payoff[m].get(key) for m in metrics], numeric=True)
            for key, title in (("best", "Best"), ("nadir", "Worst"))
        ),
    ]
    if any("gap" in row for row in placement.payoff.values()):
        gaps = [placement.payoff[m].get("gap", float("nan")) for m in metrics]
        columns.append(Column("Proven gap", [gap_text(gap) for gap in gaps]))
    basis = totals_basis(placement.study)
    caption = titled("Each metric of a year minimized alone", basis)
    return Table(f"{caption}, and its worst value then.", columns)


def _title(metric: str) -> str:
    return LIMITED[metric].title if metric in LIMITED else plain_title(metric)


def sources_tab(placement: Placement) -> Tab:
    """Labels and sources of the numbers of the sites, and the candidates left out."""
    told, inputs, left_out = placement.provenance, _inputs(placement), _left_out(placement)
    if not len(told):
        return Tab("Sources", [inputs, *left_out])
    counts = told["label"].value_counts()
    words = ", ".join(f"{number(int(n))} {clean(label)}" for label, n in counts.items())
    first = Text(f"Numbers of the open sites by label: {words}.")
    every = _every_number(placement)
    return Tab("Sources", [first, _where_from(placement), inputs, every, *left_out])


def _where_from(placement: Placement) -> Table:
    """Labels of each kind of number, over all open sites."""
    told = placement.provenance
    keys = ["attribute", "label", "source"]
    rows = told.groupby(keys, sort=False)["site"].nunique().reset_index()
    columns = [
        Column("Number", [number_title(str(name)) for name in rows["attribute"]]),
        Column("Label", [clean(label) for label in rows["label"]]),
        Column("Sites", rows["site"].tolist(), numeric=True),
        Column("Source, with its range where it is assumed", [clean(s) for s in rows["source"]]),
    ]
    return Table("Assumptions and sources of the numbers of the open sites.", columns,
                 sortable=True, filter_id="table-sources")  # fmt: skip


def _inputs(placement: Placement) -> Table:
    sites = placement.sites
    columns = [site_column(placement)]
    columns += [
        Column(title, [clean(s) for s in sites[name]])
        for name, title in (("climate", "Weather"), ("grid_carbon", "Carbon of the grid"))
        if name in sites
    ]
    return Table(titled_table("Weather and grid of each site", placement) + ".", columns)


def _every_number(placement: Placement) -> Fold:
    told = placement.provenance
    wide = told.pivot_table(index="attribute", columns="site", values="value", aggfunc="first")
    wide = wide.reindex(list(dict.fromkeys(told["attribute"])))
    parts: list[Part] = []
    sites = [site for site in placement.sites.index if site in wide]
    for start in range(0, len(sites), _ABREAST):
        shown = sites[start : start + _ABREAST]
        columns = [Column("Number", [number_title(str(a)) for a in wide.index])]
        columns += [
            Column(clean(placement.sites["name"][site]), [clean(v) for v in wide[site].fillna("–")])
            for site in shown
        ]
        parts.append(Table("Numbers of the open sites.", columns))
    return Fold("The numbers site by site", parts)


#: Sites that a table has room for side by side.
_ABREAST = 6


def _left_out(placement: Placement) -> list[Part]:
    """Candidates that could not compete, with the reason of each."""
    if not placement.left_out:
        return [Text("Every candidate could compete.")]
    names = list(placement.left_out)
    columns = [
        Column("Candidate", names),
        Column("Why", [clean(placement.left_out[name]) for name in names]),
    ]
    summary = f"{len(names)} {'candidate' if len(names) == 1 else 'candidates'} left out"
    words = "Candidates that could not compete, and why."
    return [Fold(summary, [Table(words, columns, sortable=True)])]


def audit_tab(placement: Placement) -> Tab:
    """Verdict, differences, limits and what the time slices hid."""
    audit = placement.audit
    parts: list[Part] = [Text(audit_sentence(audit), f"status {audit_colour(audit)}")]
    if audit is None:
        return Tab("Audit", parts)
    for title, key in (("Faults", "faults"), ("What the time slices hid", "hidden")):
        if audit.get(key):
            parts += [Heading(title), Items([clean(sentence) for sentence in audit[key]])]
    if audit.get("metrics"):
        parts.append(_recomputed(placement, audit))
    if audit.get("limits"):
        parts.append(_limits(audit))
    return Tab("Audit", parts)


def _recomputed(placement: Placement, audit: Mapping[str, Any]) -> Table:
    metrics, differences = list(audit["metrics"]), audit.get("differences") or {}
    ours = {**placement.metrics, **_scopes(placement)}
    columns = [
        Column("Metric", [_title(m) for m in metrics]),
        Column("Unit", [LIMITED[m].unit_shown if m in LIMITED else "–" for m in metrics]),
        Column("Optimizer", [ours.get(m) for m in metrics], numeric=True),
        Column("Audit", [audit["metrics"][m] for m in metrics], numeric=True),
        Column("Difference", [_percent(differences.get(metric)) for metric in metrics]),
    ]
    steps = audit.get("steps")
    over = f"over {number(steps, 9)} weather steps" if steps else "over all weather steps"
    return Table(f"{titled_total('Totals of a year', placement)}, recomputed {over}.", columns)


def _scopes(placement: Placement) -> dict[str, float]:
    """Carbon by scope, which a placement has among its conventions."""
    other = placement.other_conventions
    names = {f"carbon_{scope}_t_co2e": f"carbon_t_co2e_{scope}"
             for scope in ("operational", "embodied")}  # fmt: skip
    return {name: other[key] for name, key in names.items() if key in other}


def _percent(share: Any) -> str:
    if share is None:
        return "–"
    return "0 %" if abs(share) < 5e-6 else f"{signed(100 * float(share), '.3f')} %"


def _limits(audit: Mapping[str, Any]) -> Fold:
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
    words = "limits, each looked at on its own; negative beyond the limit is room left."
    return Fold(
        f"The {len(limits)} limits one by one",
        [Table(f"{len(limits)} {words}", columns, sortable=True)],
    )


def method_tab(placement: Placement) -> Tab:
    """Proof, by which solves, and all that is needed to get the same answer again."""
    proven = facts("What was proven about the answer.", [
        ("Objective", number(placement.objective, 7)),
        ("Proven bound", number(placement.bound, 7)),
        ("Proven relative gap", gap_text(placement.gap)),
        ("Gap asked for", gap_text(placement.study.solver.gap)),
    ])  # fmt: skip
    tables = ("Hash of the built-in tables (SHA-256)", placement.catalogue_sha256)
    rows: list[tuple[object, object]] = [("Seed", placement.seed), tables]
    rows += [(f"Version of {name}", version) for name, version in placement.versions.items()]
    rows += [
        (f"Number of {plain_title(k).lower()}", number(v, 9)) for k, v in placement.screened.items()
    ]
    rows += [
        (f"Seconds: {plain_title(k).lower()}", f"{v:.2f}") for k, v in placement.seconds.items()
    ]
    return Tab("Method", [
        Text(status_sentence(placement)), proven, _stages(placement),
        facts("What the answer was computed with.", rows),
        Fold("The resolved study (YAML)", [Code(placement.study.to_yaml())]),
    ])  # fmt: skip


def _stages(placement: Placement) -> Table | Text:
    """Objective, bound and gap of each solve that the placement depends on."""
    if not placement.stages:
        return Text("The placement comes from one solve.")
    stages = placement.stages
    columns = [
        Column("Solve", [_title(s["name"]) for s in stages]),
        Column("Objective", [s["objective"] for s in stages], numeric=True),
        Column("Proven bound", [s["bound"] for s in stages], numeric=True),
        Column("Proven gap", [gap_text(s["gap"]) for s in stages]),
        Column("Ended by", ["time" if s["timed_out"] else "gap asked for" for s in stages]),
    ]  # fmt: skip
    return Table("Each solve in turn; the status is that of the weakest.", columns)
