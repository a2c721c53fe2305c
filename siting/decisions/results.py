"""Results of studies of many solves: tables, and folders that are written whole or not at all."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.config import Study
from siting.config.study import tables_basis, totals_basis
from siting.decisions.assumptions import Convention, Regret, convention_table, regret_table
from siting.decisions.case import Case
from siting.decisions.front import Front
from siting.decisions.sensitivity import Base, Change
from siting.files.folders import new_folder, written_by
from siting.files.spreadsheets import write_csv
from siting.nomenclature import METRICS
from siting.placement import Placement, package_versions
from siting.report.data import titled
from siting.status import PROVEN, Status, weakest

__all__ = [
    "STORE",
    "Decision",
    "about",
    "answer_tables",
    "begun_folder",
    "front_table",
    "made_decision",
    "prices",
    "proof",
    "proven",
    "robustness_table",
    "write_decision",
    "write_front",
    "write_robustness",
]

#: Folder, in that of the results, of what is solved.
STORE = "store"


def begun_folder(folder: Path, command: str, case: Case) -> Path:
    """Return a folder that belongs to a command from now on; earlier results there stay.

    Raises `DataError` if it holds anything but earlier results of the command.
    """
    if written_by(folder) is None:
        with new_folder(folder, command) as new:
            (new / "study.yaml").write_text(case.study.to_yaml(), encoding="utf-8")
    return folder


def about(case: Case, kind: str) -> dict[str, Any]:
    """Opening entries of every summary."""
    return {
        "kind": kind,
        "name": case.study.name,
        "totals_of": totals_basis(case.study) or "a typical year",
        "tables_of": tables_basis(case.study) or "a typical year",
        "seed": case.options.seed,
        "versions": package_versions(),
        "slices": len(case.model.coefficients.hours),
        "candidates": len(case.model.coefficients.sites),
        **case.model.size,
    }


def proof(placement: Placement) -> dict[str, Any]:
    """Status, proven gap [-] and audit of an answer, as a row of a table has them."""
    audit = placement.audit or {"passed": False}
    return {
        "status": str(placement.status),
        "gap": placement.gap,
        "audit_passed": bool(audit["passed"]),
    }


def proven(answers: Mapping[Any, Placement], others: Iterable[Status] = ()) -> dict[str, Any]:
    """Joint proof of many solutions by key: the status of the weakest, and the weak ones.

    ``others`` are solves without an answer of their own. Entries are ``status``, ``gaps``
    (relative, by key), ``unproven`` (keys that ended on time before the gap asked for) and
    ``audit_faults`` (by key, where there are any).
    """
    audits = {str(key): (p.audit or {}).get("faults", ()) for key, p in answers.items()}
    return {
        "status": str(weakest([*(p.status for p in answers.values()), *others])),
        "gaps": {str(key): p.gap for key, p in answers.items()},
        "unproven": [str(key) for key, p in answers.items() if p.status not in PROVEN],
        "audit_faults": {key: list(faults) for key, faults in audits.items() if faults},
    }


def answer_tables(answers: Mapping[Any, Placement], key: str) -> dict[str, pd.DataFrame]:
    """Sites and flows of many answers, each row led by its key.

    ``sites`` has the columns of ``placement.csv`` of a run, ``flows`` workload, demand, site, it_mw
    [MW], rtt_ms [ms] and rtt_label. Those of the reference state, which a column ``state`` names
    where there are several.
    """
    parts: dict[str, list[pd.DataFrame]] = {"sites": [], "flows": []}
    for label, placement in answers.items():
        sites = placement.sites.rename_axis("id").reset_index()
        for name, table in (("sites", sites), ("flows", placement.flows.copy())):
            table.insert(0, key, label)
            if basis := tables_basis(placement.study):
                table["state"] = basis
            parts[name].append(table)
    return {name: pd.concat(tables, ignore_index=True) for name, tables in parts.items()}


def write_decision(
    folder: Path,
    study: Study,
    command: str,
    tables: Mapping[str, pd.DataFrame],
    summary: Mapping[str, Any],
    draw: Callable[[Path], None] | None = None,
) -> Path:
    """Write the folder of a command whole or not at all: tables, summary, study and pictures.

    Parameters
    ----------
    command : str
        Name of the command, which may write over the folder later.
    tables : mapping of str to DataFrame
        Tables by file name, each as Parquet and as CSV.
    summary : mapping
        Plain values.
    draw : callable, optional
        Writes what else belongs to it into the new folder.
    """
    with new_folder(folder, command) as new:
        for name, table in tables.items():
            table.to_parquet(new / f"{name}.parquet", index=False)
            write_csv(table, new / f"{name}.csv")
        # A number that is not finite is a bug and raises.
        text = json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        (new / "summary.json").write_text(text, encoding="utf-8")
        (new / "study.yaml").write_text(study.to_yaml(), encoding="utf-8")
        if draw is not None:
            draw(new)
    return folder


def made_decision[T](
    found: T,
    table: pd.DataFrame,
    answers: Mapping[Any, Placement],
    tables: Mapping[str, pd.DataFrame],
    write: Callable[[Path], object],
    out: Path | None,
    stopped: int,
) -> Decision[T]:
    """The result of a study of many solves, written where a folder is named."""
    if out is not None:
        write(out)
    return Decision(found, table, answers, **tables, stopped=stopped, write=write)


@dataclass(frozen=True)
class Decision[T]:
    """Result of a study of many solves.

    Parameters
    ----------
    found : Front, Alternatives or Robustness
        Everything, as the search has it.
    table : DataFrame
        As in the folder of the command.
    placements : mapping to Placement
        Each answer with its status, gap and audit, by ``point``, ``alternative`` or ``answer``; of
        robustness also those with a site shut or used, by site.
    sites, flows : DataFrame
        Placement of each answer, led by the same.
    """

    found: T
    table: pd.DataFrame
    placements: Mapping[Any, Placement]
    sites: pd.DataFrame
    flows: pd.DataFrame

    #: Solves that ended on time without an answer of their own.
    stopped: int = 0
    #: Writes the folder of the command.
    write: Callable[[Path], object] | None = field(default=None, repr=False, compare=False)

    def save(self, folder: Path | str) -> None:
        """Write the folder of the command, whole or not at all."""
        if self.write is None:
            raise ValueError("this result was not made by a solve, and cannot be written")
        self.write(Path(folder))

    @property
    def status(self) -> Status:
        """Status of the weakest solve."""
        return Status(proven(self.placements, [Status.TIME_LIMIT] * self.stopped)["status"])

    @property
    def audit_faults(self) -> dict[str, Sequence[str]]:
        """Findings of the audit of each solution, where there are any."""
        return dict(proven(self.placements)["audit_faults"])


def front_table(front: Front[Placement]) -> pd.DataFrame:
    """One row a point, by the first objective.

    Columns are point (0 …), the metrics of ``METRICS`` a year, status, gap and gap_of_range
    (proven), audit_passed, is_knee, sites (open ones, comma-joined), ``cap_<metric>`` (missing
    where there was none), and ``price_<first>_per_<metric>``: units of the first objective that one
    unit less of the other costs there.
    """
    first, others = front.metrics[0], front.metrics[1:]
    rows = []
    for i, point in enumerate(front.points):
        row: dict[str, Any] = {"point": i, **point.found.metrics, **proof(point.found)}
        row |= {"gap_of_range": point.gap_of_range, "is_knee": i == front.knee}
        sites = point.found.sites
        row["sites"] = ",".join(map(str, sites.index[sites["it_mw"] > 0]))
        caps = np.where(np.isfinite(point.caps), point.caps, np.nan)
        row |= {f"cap_{m}": cap for m, cap in zip(others, caps, strict=True)}
        row |= {f"price_{first}_per_{m}": p for m, p in zip(others, point.prices, strict=True)}
        rows.append(row)
    return pd.DataFrame(rows)


def prices(front: Front[Any]) -> list[dict[str, Any]]:
    """Price of a unit of one objective in another, at the knee and from end to end.

    At the knee it is the ratio of the prices of the two caps (1 for the first objective), from
    the duals of the relaxation there; end to end it is what the second changes between the points
    where each of the two is minimized, per unit of the first of the pair.
    """
    values, found = front.values, []
    local = np.append(1.0, front.points[front.knee].prices)
    for a, b in itertools.permutations(range(len(front.metrics)), 2):
        here, there = values[int(values[:, b].argmin())], values[int(values[:, a].argmin())]
        less = here[a] - there[a]
        # One unit of the first is worth 1 / price[k] units of the k-th.
        at_knee = local[b] and local[a] / local[b]
        found.append(
            {
                "cost_in": front.metrics[b],
                "per_unit_less_of": front.metrics[a],
                "unit": f"{METRICS[front.metrics[b]].unit} per {METRICS[front.metrics[a]].unit}",
                "at_knee": float(at_knee) if at_knee else None,
                "end_to_end": float((there[b] - here[b]) / less) if less > 0 else None,
            }
        )
    return found


def write_front(case: Case, front: Front[Placement], folder: Path) -> Path:
    """Write the folder of a front.

    Files: ``front.parquet``, ``front.csv`` (see `front_table`), ``sites.parquet``, ``sites.csv``,
    ``flows.parquet``, ``flows.csv`` (the placement of each point, led by ``point``),
    ``summary.json``, ``front.png`` and ``study.yaml``.
    """
    table = front_table(front)
    answers = {i: point.found for i, point in enumerate(front.points)}
    tables = {"front": table, **answer_tables(answers, "point")}
    title = titled(case.study.name, totals_basis(case.study))

    def draw(new: Path) -> None:
        from siting.report.pictures import draw_front

        draw_front(table, front.metrics, new / "front.png", title=title,
                   hypervolume=front.hypervolume)  # fmt: skip

    return write_decision(folder, case.study, "pareto", tables, _summary(case, front), draw)


def _summary(case: Case, front: Front[Placement]) -> dict[str, Any]:
    payoff = {
        m: {
            "best": float(front.best[i]),
            "nadir": float(front.nadir[i]),
            "where_least": {
                n: float(v) for n, v in zip(front.metrics, front.payoff[i], strict=True)
            },
        }
        for i, m in enumerate(front.metrics)
    }
    gaps = [point.gap_of_range for point in front.points]
    return {
        **about(case, "front"),
        **proven(
            {i: point.found for i, point in enumerate(front.points)},
            [Status.TIME_LIMIT] * front.unsettled,
        ),
        "objectives": list(front.metrics),
        "units": {m: METRICS[m].unit for m in front.metrics},
        "points": len(front.points),
        "knee": front.knee,
        "hypervolume": front.hypervolume,
        "largest_gap_of_range": max(gaps),
        "payoff": payoff,
        "trade_off_prices": prices(front),
        "solves": front.solves,
        "infeasible_cells": front.infeasible,
        "unsettled_cells": front.unsettled,
        "duplicates": front.duplicates,
        "dominated": front.dominated,
        "seconds": round(front.seconds, 3),
    }


def robustness_table(
    case: Case,
    base: Base[Placement],
    changes: Sequence[Change[Placement]],
    share: Mapping[str, float],
) -> pd.DataFrame:
    """One row a site that was questioned.

    Columns are site, name, is_open, it_mw, question (``without`` it or ``with`` one hall of it),
    cost_least and cost_most (proven bounds on the rise of the objective, relative; missing where
    nothing else will do or was found in time), status, gap and audit_passed of the answer,
    ``change_<metric>`` and chosen_share (of weightings).
    """
    load = base.found.sites["it_mw"].to_dict()
    rows: list[dict[str, Any]] = []
    for change in changes:
        is_open = change.site in base.sites
        row: dict[str, Any] = {
            "site": change.site,
            "name": case.problem.sites["name"][change.site],
            "is_open": is_open,
            "it_mw": float(load.get(change.site, 0.0)),
            "question": "without" if is_open else "with",
            "cost_least": change.least if np.isfinite(change.least) else np.nan,
            "cost_most": change.most if np.isfinite(change.most) else np.nan,
        }
        ended = Status.TIME_LIMIT if change.is_late else Status.INFEASIBLE
        row |= {"status": str(ended)} if change.found is None else proof(change.found)
        row |= {f"change_{m}": change.metrics.get(m, np.nan) for m in case.costs}
        rows.append(row | {"chosen_share": share.get(change.site, 0.0)})
    return pd.DataFrame(rows)


def write_robustness(
    case: Case,
    base: Base[Placement],
    changes: Sequence[Change[Placement]],
    table: pd.DataFrame,
    flips: Mapping[str, Mapping[str, float | None]],
    folder: Path,
    *,
    samples: int,
    share: Mapping[str, float],
    regret: Regret | None,
    late: Sequence[str] = (),
    conventions: Sequence[Convention] = (),
) -> Path:
    """Write ``robustness`` (.parquet, .csv, .png), summary, study, and what was asked for.

    That is ``regret.csv`` of futures and ``conventions.csv``. ``late`` names the questions whose
    time ended without an answer.
    """
    changed = {change.site: change.found for change in changes if change.found is not None}
    summary = {
        **about(case, "robustness"),
        **proven({"recommended": base.found, **changed}, [Status.TIME_LIMIT] * len(late)),
        "not_found_in_time": list(late),
        "objective": base.found.objective,
        "bound": base.found.bound,
        "sites": list(base.sites),
        "weightings": samples,
        "chosen_share": dict(share),
        "flip_weights": {m: dict(row) for m, row in flips.items()},
        "conventions": [
            {k: None if v in (math.inf, -math.inf) or v != v else v for k, v in row.items()}
            for row in convention_table(conventions).to_dict("records")
        ],
        "least_worst_regret": None if regret is None else regret.names[regret.minimax],
    }

    def draw(new: Path) -> None:
        from siting.report.pictures import draw_robustness

        if regret is not None:
            write_csv(regret_table(regret), new / "regret.csv")
        if conventions:
            write_csv(convention_table(conventions), new / "conventions.csv")
        draw_robustness(table, new / "robustness.png", title=case.study.name, samples=samples)

    return write_decision(folder, case.study, "robustness", {"robustness": table}, summary, draw)
