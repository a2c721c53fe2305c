"""Result folders of studies of many solves: written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from siting.config import Study
from siting.config.study import tables_basis, totals_basis
from siting.decisions.case import Case
from siting.files.folders import new_folder, written_by
from siting.files.spreadsheets import write_csv
from siting.placement import Placement, package_versions
from siting.status import PROVEN, Status, weakest

__all__ = [
    "STORE",
    "Decision",
    "about",
    "answer_tables",
    "begun_folder",
    "made_decision",
    "open_sites",
    "proof",
    "proven",
    "write_decision",
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


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write plain values; a number that is not finite is a bug and raises."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


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
        "columns": case.model.problem.numVariables(),
        "rows": case.model.problem.numConstraints(),
    }


def open_sites(placement: Placement) -> tuple[str, ...]:
    """Sites that serve some load."""
    return tuple(map(str, placement.sites.index[placement.sites["it_mw"] > 0]))


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
        write_tables(new, tables)
        write_json(new / "summary.json", summary)
        (new / "study.yaml").write_text(study.to_yaml(), encoding="utf-8")
        if draw is not None:
            draw(new)
    return folder


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write each table as Parquet and as CSV."""
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
        write_csv(table, folder / f"{name}.csv")


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
        answers = [placement.status for placement in self.placements.values()]
        return weakest([*answers, *[Status.TIME_LIMIT] * self.stopped])

    @property
    def audit_faults(self) -> dict[str, Sequence[str]]:
        """Findings of the audit of each solution, where there are any."""
        audits = {str(k): (p.audit or {}).get("faults", ()) for k, p in self.placements.items()}
        return {key: faults for key, faults in audits.items() if faults}
