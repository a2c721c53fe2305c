"""The page of a robustness study: what each site is worth, and where the recommendation turns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.catalogue import load_catalogue
from siting.coefficients.sets import chosen_sites
from siting.config import Study, load_study
from siting.files import check_parts, damage_told
from siting.files.folders import check_unchanged
from siting.files.spreadsheets import read_csv
from siting.nomenclature import LIMITED
from siting.report.data import (
    and_words,
    clean,
    gap_text,
    key_title,
    megawatts,
    number,
    plain_title,
    titled,
)
from siting.report.data.answers import quantity_axis
from siting.report.pages import live_page, map_part
from siting.report.pages.interactive_map import LiveMap, frame_of, live_map
from siting.report.pages.layers import card, places
from siting.report.pages.parts import Code, Column, Fold, Items, Link, Part, Tab, Table, Text

__all__ = ["ROBUSTNESS", "RobustnessRun", "load_robustness", "robustness_page"]

#: File by which the folder is known.
ROBUSTNESS, REGRET = "robustness.csv", "regret.csv"
_OTHERS = ("summary.json", "study.yaml")
#: Columns of it, besides the changes of totals.
_COLUMNS = ("site", "name", "is_open", "it_mw", "question", "cost_least", "cost_most", "status",
            "chosen_share")  # fmt: skip
_CHANGE = "change_"
_LARGEST_PX, _LEAST_PX = 14.0, 3.5


@dataclass(frozen=True)
class RobustnessRun:
    """Folder of `siting robustness` as it was read.

    Parameters
    ----------
    study : Study
        What was asked.
    sites : DataFrame
        Index site id, a row a site that was questioned: the columns of ``robustness.csv``.
    facts : mapping
        ``summary.json``.
    regret : DataFrame or None
        ``regret.csv``, index the future that is planned for.
    candidates : DataFrame
        Index site id: name, lat, lon, and chosen_share over the weightings. [-]
    """

    study: Study
    sites: pd.DataFrame
    facts: Mapping[str, Any]
    regret: pd.DataFrame | None
    candidates: pd.DataFrame

    @property
    def shares(self) -> pd.DataFrame:
        """Share of the weightings that choose each candidate, for `frequency_map`."""
        table = self.candidates.assign(
            share=self.candidates["chosen_share"],
            mean_mw=self.sites["it_mw"].reindex(self.candidates.index),
        )
        return table.sort_values("share", ascending=False, kind="stable")

    def named(self, ids: Sequence[str]) -> str:
        """Names of some sites, one after the other."""
        return ", ".join(clean(self.candidates["name"].get(site, site)) for site in ids)


def load_robustness(folder: Path) -> RobustnessRun:
    """Read a folder of `siting robustness`.

    Raises
    ------
    siting.errors.DataError
        If a file is missing, damaged or edited, all of a kind together.
    """
    remedy = "Make the folder again"
    check_parts(folder, (ROBUSTNESS, *_OTHERS), remedy)
    check_unchanged(folder, (ROBUSTNESS, REGRET, *_OTHERS), remedy)
    study = load_study(folder / "study.yaml")
    catalogue, ids = chosen_sites(study, load_catalogue())
    with damage_told(folder, remedy):
        facts = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        sites = read_csv(folder / ROBUSTNESS, dtype={"site": str})
        if absent := [column for column in _COLUMNS if column not in sites]:
            raise ValueError(f"{ROBUSTNESS} has no column {absent[0]}")
        chosen = {str(site): float(share) for site, share in facts["chosen_share"].items()}
        candidates = catalogue.candidates.loc[list(ids), ["name", "lat", "lon"]]
        shares = [chosen.get(str(site), 0.0) for site in candidates.index]
        path = folder / REGRET
        regret = read_csv(path, index_col="planned_for") if path.is_file() else None
    table = pd.DataFrame(candidates).assign(chosen_share=shares)
    return RobustnessRun(study, sites.set_index("site"), facts, regret, table)


def robustness_page(run: RobustnessRun) -> str:
    """The page of a robustness study as HTML text."""
    title = f"{clean(run.study.name)}: robustness"
    tabs = [Tab("Sites", list(_sites(run))), Tab("Conventions", list(_conventions(run))),
            Tab("Weights", list(_weights(run))), Tab("Futures", list(_futures(run))),
            Tab("Method", list(_method(run)))]  # fmt: skip
    words = "Map of the candidates by how often weightings choose them; the tables have all figures"
    return live_page(
        title,
        heading=title,
        description=run.study.description.strip(),
        lead=[
            *(Text(said, "said") for said in (*_worth_words(run), _turns_words(run))),
            map_part([("", _map(run), words)], [], boxes=_LAYERS, note=_MEANS),
        ],
        tabs=[tab for tab in tabs if tab.parts],
        figures=[],
        data={},
    )


_LAYERS = (("candidates", "Candidates never chosen", True), ("often", "Chosen at times", True),
           ("sites", "Recommended", True))  # fmt: skip
_MEANS = (
    "Blue: recommended. Orange: chosen under some weightings. Areas in proportion to the share of "
    "the weightings under which a site is chosen."
)


def _map(run: RobustnessRun) -> LiveMap:
    frame = frame_of(*(run.candidates[axis].to_numpy(dtype=float) for axis in ("lon", "lat")))
    plot, is_ours = live_map(frame, "map"), run.candidates.index.isin(run.facts["sites"])
    often = run.candidates["chosen_share"] > 0
    looks: Sequence[tuple[str, pd.DataFrame, dict[str, Any]]] = (
        ("candidates", run.candidates[~often & ~is_ours], {"stroke": "@candidate", "width": 1.0}),
        ("often", run.candidates[often & ~is_ours], {"stroke": "@edge", "fill": "#e69f00"}),
        ("sites", run.candidates[is_ours], {"stroke": "@edge", "fill": "#0072b2"}),
    )
    for name, own, style in looks:
        share = own["chosen_share"].to_numpy(dtype=float)
        radius = np.round(_LEAST_PX + _LARGEST_PX * np.sqrt(share), 1).tolist()
        cards = [card(row["name"], _facts(run, str(site))) for site, row in own.iterrows()]
        columns = places(frame, own) | {"radius": radius, "card": cards}
        plot.add(name, "point", columns, picks="candidates" if name == "candidates" else "sites",
                 **{"width": 1.2, **style})  # fmt: skip
        if name == "sites":
            columns["text"] = [clean(each) for each in own["name"]]
            plot.add_names({key: columns[key] for key in ("x", "y", "id", "radius", "text")})
    return plot


def _facts(run: RobustnessRun, site: str) -> Iterator[tuple[str, str]]:
    share = run.candidates["chosen_share"].to_dict()[site]
    yield "Chosen under", f"{100 * share:.0f} % of {run.facts['weightings']} weightings"
    if site in run.sites.index:
        row: pd.Series = run.sites.loc[[site]].iloc[0]
        if row["is_open"]:
            yield titled("IT load", _basis(run, "tables_of")), megawatts(float(row["it_mw"]))
        yield plain_title(str(row["question"]) + _ASKED[str(row["question"])]), _rise(row)


#: What was asked of a site, after the first word of it.
_ASKED = {"without": " it the objective rises by", "with": " one hall there it rises by"}


def _rise(row: pd.Series) -> str:
    """Rise of the objective between its proven bounds, in words."""
    least, most = float(row["cost_least"]), float(row["cost_most"])
    if not np.isfinite(most):
        late = row["status"] == "time_limit"
        return "no answer was found in time" if late else "nothing else meets the limits"
    if least <= 0.0:
        return f"at most {gap_text(most)}"
    return f"{number(100 * least, 2)} to {gap_text(most)}"


def _basis(run: RobustnessRun, key: str) -> str:
    """Year that tables or totals are of; empty for a typical one."""
    said = str(run.facts[key])
    return "" if said == "a typical year" else said


def _worth_words(run: RobustnessRun) -> Iterator[str]:
    """Sentences on the recommended sites, and the one that is worth most."""
    ours = run.sites[run.sites["is_open"]].sort_values("it_mw", ascending=False, kind="stable")
    listed = [f"{clean(name)} {megawatts(float(mw))}" for name, mw in
              ours[["name", "it_mw"]].itertuples(index=False)]  # fmt: skip
    yield f"{titled('Recommended', _basis(run, 'tables_of'))}: {and_words(listed)}."
    needed = ours[~np.isfinite(ours["cost_most"]) & (ours["status"] != "time_limit")]
    proven = ours[ours["cost_least"] > 0].sort_values("cost_least", ascending=False)
    if len(needed):
        yield f"Nothing else meets the limits without {run.named(needed.index.tolist())}."
    elif len(proven):
        first = proven.iloc[0]
        yield f"Hardest to replace is {clean(first['name'])}: without it the objective rises by " \
              f"{_rise(first)}."  # fmt: skip
    elif ours["cost_most"].notna().any():
        most = gap_text(float(ours["cost_most"].max()))
        yield f"Each site can be replaced: without any one the objective rises by at most {most}."


def _turns_words(run: RobustnessRun) -> str:
    """Sentence on the conventions under which the recommendation turns."""
    asked = run.facts["conventions"]
    turned = [_convention(row) for row in asked if row["turns"]]
    if not asked:
        return "No other convention was asked about."
    if not turned:
        return f"It stands under all {len(asked)} other conventions that were asked about, or " \
               "could within the gap."  # fmt: skip
    return f"It turns under {len(turned)} of {len(asked)} other conventions: {and_words(turned)}."


#: What a study counts under each value of a convention, after "under".
_WORDS: Mapping[str, Mapping[str, str]] = {
    "supply.hydro_water": {
        "best": "the best estimate of the water of hydropower",
        "country": "the mean of the country for the water of hydropower",
        "evaporation": "hydropower that all evaporates as a reservoir does",
        "zero": "hydropower without water",
    },
    "supply.carbon": {
        "contract": "the carbon of contracts",
        "location": "the carbon of the location",
    },
    "supply.carbon_signal": {
        "average": "the average carbon of the grid",
        "marginal": "the marginal carbon of the grid",
    },
    "demand.rtt_percentile": {
        "p10": "short round trips (10th percentile)",
        "p50": "median round trips",
        "p90": "long round trips (90th percentile)",
    },
    **{
        key: {
            "best": f"the best estimate of {what}",
            "low": f"{what} at the low end of the range",
            "high": f"{what} at the high end of the range",
        }
        for key, what in (
            ("demand.server_carbon", "the carbon of servers"),
            ("supply.prices", "prices"),
        )
    },
}


def _convention(row: Mapping[str, Any]) -> str:
    """Words on a convention; those of a newer version by its key."""
    key, value = str(row["convention"]), str(row["value"])
    return _WORDS.get(key, {}).get(value) or f"{key_title(key)}: {clean(value)}"


def _sites(run: RobustnessRun) -> Iterator[Part]:
    table = run.sites
    names = [clean(name) for name in table["name"]]
    link = Link("sites", [str(site) for site in table.index])
    yield Table("Rise of the objective where a site is closed, or a closed one gets one hall.", [
        Column("Site", names),
        Column("Question", [f"{question} it" if question == "without" else "with one hall"
                            for question in table["question"]]),
        Column(titled("IT load [MW]", _basis(run, "tables_of")), table["it_mw"].tolist(),
               numeric=True, digits=3),
        Column("At least [%]", (100.0 * table["cost_least"]).tolist(), numeric=True, digits=3),
        Column("At most [%]", (100.0 * table["cost_most"]).tolist(), numeric=True, digits=3),
        Column("Chosen under [% of weightings]", (100.0 * table["chosen_share"]).tolist(),
               numeric=True, digits=3),
        Column("Answer", ["found" if np.isfinite(row["cost_most"]) else _rise(row)
                          for _, row in table.iterrows()]),
    ], sortable=True, link=link, filter_id="table-sites")  # fmt: skip
    changes = [m for m in LIMITED if f"{_CHANGE}{m}" in table]
    scaled = [quantity_axis(m, table[_CHANGE + m], _basis(run, "totals_of")) for m in changes]
    columns = [
        Column(title, values.tolist(), numeric=True, digits=3, change=True)
        for values, title in scaled
    ]
    if columns:
        yield Table("Change of the totals of a year.", [Column("Site", names), *columns], link=link)


def _conventions(run: RobustnessRun) -> Iterator[Part]:
    rows = sorted(run.facts["conventions"], key=lambda row: not row["turns"])
    if not rows:
        return
    yield Text(
        "The study solved again under each convention that it did not choose. The recommendation "
        "turns where less than 90 % of its load stays and keeping 90 % costs more than the gap "
        "leaves open.", "note")  # fmt: skip
    percent = [[None if row[key] is None else 100.0 * row[key] for row in rows]
               for key in ("stays", "rise")]  # fmt: skip
    yield Table("Share of the load that stays under another convention.", [
        Column("Convention", [f"{words[:1].upper()}{words[1:]}"
                              for words in map(_convention, rows)]),
        Column("Load that stays [%]", percent[0], numeric=True, digits=3),
        Column("Keeping 90 % costs [%]", percent[1], numeric=True, digits=2),
        Column("Turns", ["yes" if row["turns"] else "no" for row in rows]),
        Column("Sites that leave", [run.named(_ids(row["leave"])) or "–" for row in rows]),
        Column("Sites that join", [run.named(_ids(row["join"])) or "–" for row in rows]),
    ])  # fmt: skip


def _ids(text: object) -> list[str]:
    return [site for site in str(text or "").split(",") if site]


def _weights(run: RobustnessRun) -> Iterator[Part]:
    flips = run.facts["flip_weights"]
    if flips:
        ends = [[None if row[key] is None else 100.0 * row[key] for row in flips.values()]
                for key in ("share", "down", "up")]  # fmt: skip
        yield Text("Share of a weight from which other sites are better by more than the gap, the "
                   "others in proportion; a dash where the recommendation stands to the end of "
                   "the scale.", "note")  # fmt: skip
        yield Table("Weights at which the recommendation turns.", [
            Column("Metric", [LIMITED[m].title if m in LIMITED else clean(m) for m in flips]),
            *(Column(title, values, numeric=True, digits=3) for title, values in
              zip(("Share now [%]", "Turns below [%]", "Turns above [%]"), ends, strict=True)),
        ])  # fmt: skip


def _futures(run: RobustnessRun) -> Iterator[Part]:
    if run.regret is None:
        return
    table = run.regret
    futures = [c for c in table if c not in ("worst", "sites")]
    yield Text("The halls of each plan held in every other future, against the proven bound of "
               "the best there. The lowest worst value is that of "
               f"{clean(run.facts['least_worst_regret'])}.", "note")  # fmt: skip
    yield Table("Regret of a plan in another future.", [
        Column("Planned for", [clean(name) for name in table.index]),
        *(Column(f"{clean(name)} [%]", (100.0 * table[name]).tolist(), numeric=True, digits=2)
          for name in futures),
        Column("Worst [%]", (100.0 * table["worst"]).tolist(), numeric=True, digits=2),
        Column("Sites", [run.named(_ids(sites)) for sites in table["sites"]]),
    ])  # fmt: skip


def _method(run: RobustnessRun) -> Iterator[Part]:
    facts, late = run.facts, run.facts["not_found_in_time"]
    yield Text(
        f"{number(facts['weightings'])} weightings drawn with seed {facts['seed']}; "
        f"{number(facts['slices'])} time slices, {number(facts['candidates'])} candidates. "
        + ("Every question was answered." if not late else "Without an answer in time:")
    )
    if late:
        yield Items([clean(question) for question in late])
    faults = [f"{clean(who)}: {clean(why)}" for who, own in facts["audit_faults"].items()
              for why in own]  # fmt: skip
    yield Text("The audit of every answer holds." if not faults else "The audit fails:",
               "status good" if not faults else "status bad")  # fmt: skip
    if faults:
        yield Items(faults)
    yield Fold("The study, every key", [Code(run.study.to_yaml())])
