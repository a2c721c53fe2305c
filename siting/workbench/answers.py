"""The answers of a workbench: run folders, which are all of its state, and two of them compared.

Each answer is a folder that `siting solve` could have written, named by a number, with one file
more: what was changed in the study. Nothing else is kept, so that a page that is loaded again, or a
workbench that is started again, knows what the folders say. No folder is ever written over or
removed.
"""

from __future__ import annotations

import json
import re
import shlex
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd

from siting.comparison import CAUSES, CHANGES, contributions, site_changes
from siting.errors import DataError, Fault
from siting.files import full_disk_told
from siting.files.folders import new_folder, written_by
from siting.geo import great_circle, split_at_cut
from siting.nomenclature import METRICS, signed
from siting.placement import Placement
from siting.placement.folder import load_placement, save_placement
from siting.placement.notebook import small_map
from siting.report.data import audit_sentence, clean, megawatts, status_sentence, titled_table
from siting.report.data.headline import answer_sentences
from siting.report.maps.palette import design_title
from siting.report.pages.comparison import totals_table
from siting.report.pages.interactive_map import Frame
from siting.report.pages.looks import MapLayer, topology_of
from siting.report.pages.parts import Column, Heading, Markup, Part, Table, Text, show
from siting.report.pages.sites import names_in_words

__all__ = ["ASKED", "LEAST_PX", "Answer", "Answers", "answer_part", "difference_parts", "map_facts"]


#: File of a run folder with the study it came from and the overrides of that study.
ASKED = "workbench.json"
_NAME = re.compile(r"\d{4,9}")
#: Placements that are held in memory.
_HELD = 8


@dataclass(frozen=True)
class Answer:
    """One run folder in a few words.

    Parameters
    ----------
    name : str
        Of the folder.
    overrides : tuple of str
        What was changed in the study, each as ``--set`` takes it.
    command : str
        Command line that solves it again.
    status : str
        How the solve ended.
    gap : float
        Proven relative gap. [-]
    metrics : mapping of str to float
        Totals of a year.
    sites : tuple of str
        Ids of the open sites.
    audit_passed : bool
        Whether its re-evaluation holds.
    """

    name: str
    overrides: tuple[str, ...]
    command: str
    status: str
    gap: float
    metrics: Mapping[str, float]
    sites: tuple[str, ...]
    audit_passed: bool


class Answers:
    """The run folders in a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Made with the first answer.
    study : pathlib.Path
        The study that is asked about, as the planner named it.
    """

    def __init__(self, folder: Path, study: Path) -> None:
        self.folder, self.study = folder, study
        self._held: OrderedDict[str, Placement] = OrderedDict()
        self._known: dict[tuple[str, int], Answer] = {}
        #: One thread at a time reads and writes folders, and draws.
        self.lock = threading.RLock()

    def names(self) -> list[str]:
        """Names of the run folders, the oldest first."""
        with suppress(OSError):
            found = [p for p in self.folder.iterdir() if _NAME.fullmatch(p.name)]
            return sorted((p.name for p in found if written_by(p) == "solve"), key=int)
        return []

    def path(self, name: str) -> Path:
        """The folder of an answer.

        Raises
        ------
        siting.errors.DataError
            If there is no answer of that name.
        """
        if not _NAME.fullmatch(name) or written_by(self.folder / name) != "solve":
            shown = name if name.isprintable() and len(name) < 40 else "that name"
            problem, remedy = f"there is no answer {shown!r}", "Choose one of the list"
            raise DataError([Fault(str(self.folder), None, "", problem, remedy)])
        return self.folder / name

    def facts(self) -> list[Answer]:
        """Every answer that can be read, the oldest first."""
        return [fact for name in self.names() if (fact := self._fact(name)) is not None]

    def keep(self, placement: Placement, overrides: Sequence[str]) -> str:
        """Write an answer into a folder of its own, whole or not at all; return its name."""
        with self.lock:
            name = self._reserve()
            with new_folder(self.folder / name, "solve") as new:
                save_placement(placement, new)
                facts = {"study": str(self.study), "overrides": list(overrides)}
                text = json.dumps(facts, indent=1, ensure_ascii=False)
                (new / ASKED).write_text(text + "\n", encoding="utf-8")
            self._hold(name, placement)
            return name

    def load(self, name: str) -> Placement:
        """The placement of an answer.

        Raises
        ------
        siting.errors.DataError
            If there is none of that name, or its folder was damaged.
        """
        with self.lock:
            if name not in self._held:
                self._hold(name, load_placement(self.path(name)))
            self._held.move_to_end(name)
            return self._held[name]

    def page(self, name: str) -> Path:
        """The page of an answer, made when it is first asked for."""
        from siting.report.folder import report_folder

        with self.lock:
            folder = self.path(name)
            if not (folder / "report.html").is_file():
                report_folder(folder)
            return folder / "report.html"

    def _reserve(self) -> str:
        """Take the next number, which no other workbench on this folder then takes."""
        with full_disk_told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            taken = [int(p.name) for p in self.folder.iterdir() if _NAME.fullmatch(p.name)]
            for number in count(max(taken, default=0) + 1):
                with suppress(FileExistsError):
                    (self.folder / f"{number:04d}").mkdir()
                    break
        return f"{number:04d}"

    def _hold(self, name: str, placement: Placement) -> None:
        self._held[name] = placement
        while len(self._held) > _HELD:
            self._held.popitem(last=False)

    def _fact(self, name: str) -> Answer | None:
        """Facts of a folder by its files; None where they cannot be read."""
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            path = self.folder / name / "summary.json"
            stamp = (name, path.stat().st_mtime_ns)
            if stamp in self._known:  # it is asked for with every step of a solve
                return self._known[stamp]
            summary = json.loads(path.read_text("utf-8"))
            study, overrides = self._changes(name)
            self._known[stamp] = Answer(
                name=name,
                overrides=overrides,
                command=_command(study, overrides),
                status=str(summary["status"]),
                gap=float(summary["gap"]),
                metrics={str(m): float(v) for m, v in summary["metrics"].items()},
                sites=tuple(str(site["id"]) for site in summary["sites"]),
                audit_passed=bool(summary["audit"] and summary["audit"]["passed"]),
            )
            return self._known[stamp]
        return None

    def _changes(self, name: str) -> tuple[str, tuple[str, ...]]:
        """Study and overrides of an answer; its own resolved study where they are not known."""
        with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
            facts = json.loads((self.folder / name / ASKED).read_text("utf-8"))
            return str(facts["study"]), tuple(map(str, facts["overrides"]))
        return str(self.folder / name / "study.yaml"), ()


def _command(study: str, overrides: Sequence[str]) -> str:
    """The command line that gives an answer again."""
    return shlex.join(["siting", "solve", study, *(f"--set={text}" for text in overrides)])


def changed_keys(before: Placement, after: Placement) -> list[tuple[str, str, str]]:
    """Keys in which the studies of two answers differ: path, value before and after, as YAML."""
    found: list[tuple[str, str, str]] = []
    _compare(before.study.to_mapping(), after.study.to_mapping(), "", found)
    return found


def _compare(a: Any, b: Any, path: str, found: list[tuple[str, str, str]]) -> None:
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys([*a, *b]):
            _compare(a.get(key), b.get(key), f"{path}.{key}".lstrip("."), found)
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b) and _rows(a + b):
        for i, (one, other) in enumerate(zip(a, b, strict=True)):
            _compare(one, other, f"{path}[{i}]", found)
    elif a != b:
        found.append((path, json.dumps(a, ensure_ascii=False), json.dumps(b, ensure_ascii=False)))


def _rows(values: Sequence[Any]) -> bool:
    return all(isinstance(value, dict) for value in values)


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
            Markup('<div class="small-map">{}</div>').format(Markup(small_map(placement))),
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
    keys = [Markup("<code>{}</code>").format(path) for path in paths]
    columns = [Column("Key", keys), Column("Before", was), Column("After", now)]
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
        shown = [signed(value, ".2f") for value in share[part]]
        columns.append(Column(f"{words} [%]", shown))
    words = "Reasons: parts of the change of each total, in percent of what it was before."
    return Table(words, columns)


#: Radius of a candidate, and what the largest site has more. [px]
LEAST_PX, MORE_PX = 4.5, 8.0


def map_facts(after: Placement, before: Placement | None, frame: Frame) -> dict[str, Any]:
    """Map of an answer: what its sites look like and say, and lines to the largest flows.

    Sites of ``before`` are told apart. Keys are sites, the properties of each site that is open in
    either, and flows, a topology.
    """
    was = () if before is None else map(str, before.sites.index)
    sites: dict[str, dict[str, Any]] = {site: {"was": 1} for site in was}
    most = float(after.sites["it_mw"].max()) if len(after.sites) else 1.0
    for site, row in after.sites.iterrows():
        load = float(row["it_mw"])
        words = (
            f"{clean(row['name'])} ({site}): {megawatts(load)}, "
            f"{design_title(str(row['design']))}, PUE {float(row['pue']):.3f}; "
            f"limits that bind: {names_in_words(row['binding'])}"
        )
        radius = round(LEAST_PX + MORE_PX * (load / most) ** 0.5, 1)
        sites.setdefault(str(site), {}).update(open=1, radius=radius, card=words)
    return {"sites": sites, "flows": _flows(after, frame)}


def _flows(placement: Placement, frame: Frame) -> dict[str, Any]:
    """Lines of the largest flows, as a topology."""
    sites, demand = placement.sites[["lon", "lat"]], placement.demand[["lon", "lat"]]
    flows = placement.flows.groupby(["site", "demand"])["it_mw"].sum().nlargest(MOST_LINES)
    lines = [
        frame.km(part).T
        for site, region in flows.index
        for part in split_at_cut(
            great_circle(demand.loc[region], sites.loc[site]), frame.view.projection.lon_0
        )
    ]
    columns = {axis: [line[k] for line in lines] for k, axis in enumerate("xy")}
    return topology_of([MapLayer("flows", "line", columns, {})], frame.unit)
