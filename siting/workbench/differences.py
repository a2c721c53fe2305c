"""Two answers side by side as parts of a page: what was asked, what came of it, and why."""

from __future__ import annotations

from typing import Any

import pandas as pd

from siting.comparison import CAUSES, CHANGES, contributions, site_changes
from siting.nomenclature import METRICS
from siting.placement import Placement
from siting.placement.notebook import Window, small_map
from siting.report.data.headline import answer_sentences
from siting.report.data.wording import (
    audit_sentence,
    clean,
    megawatts,
    status_sentence,
    titled_table,
)
from siting.report.maps.palette import design_title
from siting.report.pages.comparison import totals_table
from siting.report.pages.html import Markup, element, show
from siting.report.pages.parts import Column, Heading, Part, Table, Text
from siting.report.pages.sections import names_in_words
from siting.workbench.answers import changed_keys

__all__ = ["answer_part", "difference_parts", "map_facts"]

#: Flows that a map draws, the largest first.
MOST_LINES = 200


def answer_part(name: str, placement: Placement) -> Markup:
    """One answer: what was proven, its map and its sites with what binds them."""
    sites = placement.sites.sort_values("it_mw", ascending=False, kind="stable")
    columns = [
        Column("Site", [clean(site) for site in sites["name"]]),
        Column(titled_table("IT load [MW]", placement), sites["it_mw"].tolist(), numeric=True),
        Column("Cooling", [design_title(str(design)) for design in sites["design"]]),
        Column("PUE", [f"{pue:.3f}" for pue in sites["pue"]]),
        Column("Limits that bind", [names_in_words(names) for names in sites["binding"]]),
    ]
    what, why = answer_sentences(placement)
    return show(
        [
            Heading(f"Answer {name}"),
            Text(what),
            Text(why),
            Text(f"{status_sentence(placement)} {audit_sentence(placement.audit)}", "note"),
            element("div", Markup(small_map(placement)), class_="small-map"),
            Table(f"Sites of answer {name}.", columns),
        ]
    )


def difference_parts(before: tuple[str, Placement], after: tuple[str, Placement]) -> Markup:
    """Totals side by side, the keys that differ, and what each total's difference comes from."""
    (was, one), (now, other) = before, after
    return show(
        [
            Heading(f"From answer {was} to {now}"),
            _keys(one, other),
            totals_table({f"Answer {was}": one, f"Answer {now}": other}),
            _sites(one, other),
            _causes(one, other),
        ]
    )


def _keys(before: Placement, after: Placement) -> Part:
    changed = changed_keys(before, after)
    if not changed:
        return Text("Both answers are of the same study.")
    paths, was, now = zip(*changed, strict=True)
    columns = [Column("Key", [element("code", p) for p in paths]), Column("Before", was),
               Column("After", now)]  # fmt: skip
    return Table("What was asked differently.", columns)


def _sites(before: Placement, after: Placement) -> Part:
    changes = site_changes(before, after)
    changes = changes[changes["change"] != "kept"]
    if changes.empty:
        return Text("The same sites carry the same load under the same cooling.")
    binding = pd.concat([before.sites["binding"], after.sites["binding"]])
    binding = binding[~binding.index.duplicated(keep="last")]
    columns = [
        Column("Site", [clean(name) for name in changes["name"]]),
        Column("What changed", [CHANGES[str(change)] for change in changes["change"]]),
        Column("Before [MW]", changes["before_mw"].tolist(), numeric=True),
        Column("After [MW]", changes["after_mw"].tolist(), numeric=True),
        Column("Limits that bind it", [names_in_words(binding[i]) for i in changes.index]),
    ]
    return Table("Sites that differ.", columns)


def _causes(before: Placement, after: Placement) -> Part:
    causes = contributions(before, after)
    causes = causes.loc[[m for m in METRICS if m in causes.index and causes.at[m, "before"]]]
    share = causes.div(causes["before"], axis=0) * 100.0
    columns = [Column("Total of a year", [METRICS[str(m)].title for m in share.index])]
    for part, words in {**CAUSES, "change": "In all"}.items():
        shown = [f"{value:+.2f}" for value in share[part]]
        columns.append(Column(f"{words} [%]", shown))
    words = "Reasons: parts of the change of each total, in percent of what it was before."
    return Table(words, columns)


def map_facts(placement: Placement, window: Window) -> dict[str, Any]:
    """Map of an answer: its sites in words, and lines to the largest flows.

    Parameters
    ----------
    placement : Placement
        The answer.
    window : Window
        The part of the world that the map shows.
    """
    sites, demand = placement.sites[["lon", "lat"]], placement.demand[["lon", "lat"]]
    flows = placement.flows.groupby(["site", "demand"])["it_mw"].sum().nlargest(MOST_LINES)
    lines = [
        points
        for site, region in flows.index
        for points in window.line(
            demand.loc[region].to_numpy(float), sites.loc[site].to_numpy(float)
        )
    ]
    words = {
        str(site): f"{megawatts(float(row['it_mw']))}, {design_title(str(row['design']))}, "
        f"PUE {float(row['pue']):.3f}; limits that bind: {names_in_words(row['binding'])}"
        for site, row in placement.sites.iterrows()
    }
    loads = {str(site): float(mw) for site, mw in placement.sites["it_mw"].items()}
    return {"words": words, "loads": loads, "lines": lines}
