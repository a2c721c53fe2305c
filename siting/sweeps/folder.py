"""The folder of a sweep, resumed after an interruption, and its pictures.

While it runs the folder holds ``sweep.json`` (study and plan) and ``store/``; when it is done also
``summary.json``, ``cases.parquet``, ``sites.parquet``, ``flows.parquet``, ``indices.csv``,
``study.yaml``, ``answers.json`` for the page, and pictures.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from siting.catalogue import Catalogue, load_catalogue
from siting.coefficients.sets import chosen_regions, chosen_sites, demand_mw
from siting.config import Study
from siting.config.study import tables_basis, totals_basis
from siting.errors import Fault, StudyError
from siting.files.folders import check_folder, new_folder, written_by
from siting.files.spreadsheets import write_csv
from siting.nomenclature import METRICS
from siting.placement.notebook import Picture
from siting.report.data import clean, key_titles, plain_title, titled
from siting.report.data.answers import NO_VALUE, Answers, swings
from siting.report.folder import save_answers
from siting.status import Status, Tell
from siting.sweeps import sweep
from siting.sweeps.cases import SweepResult
from siting.sweeps.plan import Plan

__all__ = ["sweep_folder", "sweep_picture", "write_sweep"]


# Okabe and Ito's palette, which colour-blind readers can tell apart.
_LESS, _MORE, _INK = "#56b4e9", "#d55e00", "#222222"
#: Lines that a legend names.
_MOST_NAMED = 6


def _changes(result: SweepResult, metric: str) -> pd.DataFrame:
    """Swings of a metric as changes from the base case; none where that has no value. [%]."""
    table = result.table
    base = table[metric].iloc[0]
    found = swings(table, int(table.index[0]), result.plan.paths, metric)
    if pd.isna(base) or not base:
        return found.iloc[:0]
    ends = {end: 100.0 * (found[end] - base) / abs(base) for end in ("low", "high")}
    return found.assign(**ends)


def tornado_figure(result: SweepResult, metrics: Sequence[str]) -> Figure:
    """Swings of some metrics, one panel each, from the base case."""
    titles = key_titles(result.plan.paths)
    figure, axes = _panels(len(metrics), len(result.plan.paths))
    for axis, metric in zip(axes, metrics, strict=True):
        table = _changes(result, metric).iloc[::-1]
        places = np.arange(len(table))
        axis.barh(places, table["low"], color=_LESS, height=0.6)
        axis.barh(places, table["high"], color=_MORE, height=0.6)
        labels = [f"{titles[str(path)]}\n{_ends(row)}" for path, row in table.iterrows()]
        axis.set_yticks(places, labels, fontsize=8)
        axis.axvline(0.0, color=_INK, linewidth=1.0)
        axis.set_title(METRICS[metric].title, fontsize=10)
        axis.set_xlabel("Change from the base case [%]", fontsize=9)
        axis.margins(x=0.08)
    figure.suptitle(f"{_title(result)}: one key at a time", fontsize=11)
    return figure


def _title(result: SweepResult) -> str:
    return titled(clean(result.study.name), totals_basis(result.study))


def _ends(row: pd.Series[Any]) -> str:
    return " … ".join(dict.fromkeys(_value(row[end]) for end in ("at_low", "at_high")))


def _value(value: object) -> str:
    """A value as it is in the table, where lists are JSON text."""
    if isinstance(value, float):
        return NO_VALUE if math.isnan(value) else f"{value:.4g}"
    text = str(value)
    words = text.strip("[]").replace('"', "") if text.startswith("[") else text
    return words or NO_VALUE


def index_figure(result: SweepResult, metrics: Sequence[str]) -> Figure:
    """Indices of some metrics with their confidence, one panel each."""
    is_sobol, titles = result.plan.method == "sobol", key_titles(result.plan.paths)
    figure, axes = _panels(len(metrics), len(result.plan.paths))
    for axis, metric in zip(axes, metrics, strict=True):
        own = result.indices[result.indices["metric"] == metric].sort_values("total")
        places = np.arange(len(own))
        kinds = [("total", _MORE, 0.18), ("first", _LESS, -0.18)]
        names = ["total", "alone"] if is_sobol else ["mean effect", "spread"]
        for (column, colour, shift), name in zip(kinds, names, strict=True):
            axis.barh(places + shift, own[column], height=0.34, color=colour, label=name,
                      xerr=own[f"{column}_conf"] if is_sobol or column == "total" else None,
                      error_kw={"ecolor": _INK, "elinewidth": 1.0})  # fmt: skip
        axis.set_yticks(places, [titles[str(p)] for p in own["parameter"]], fontsize=8)
        axis.set_title(METRICS[metric].title, fontsize=10)
        unit = "Share of the variance [-]" if is_sobol else f"Effect [{METRICS[metric].unit_shown}]"
        axis.set_xlabel(unit, fontsize=9)
    axes[-1].legend(fontsize=8, loc="lower right", frameon=False)
    title = "Sobol indices" if is_sobol else "Morris effects"
    figure.suptitle(f"{_title(result)}: {title}, 95 % confidence", fontsize=11)
    return figure


def _panels(count: int, rows: int) -> tuple[Figure, list[Any]]:
    across = min(count, 2)
    down = -(-count // across)
    size = (5.6 * across, (1.3 + 0.5 * rows) * down + 0.4)
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    axes = figure.subplots(down, across, squeeze=False).ravel().tolist()
    for spare in axes[count:]:
        spare.remove()
    for axis in axes[:count]:
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes[:count]


def sweep_figures(result: SweepResult, folder: Path) -> list[Path]:
    """Write the pictures that the plan allows: tornado.png, indices.png."""
    written = []
    swung = [m for m in result.plan.metrics if not _changes(result, m).empty]
    if result.plan.method == "one_at_a_time" and swung:
        tornado_figure(result, swung).savefig(folder / "tornado.png")
        written.append(folder / "tornado.png")
    known = [m for m in result.plan.metrics if m in set(result.indices["metric"])]
    if known:
        index_figure(result, known).savefig(folder / "indices.png")
        written.append(folder / "indices.png")
    return written


def line_figure(result: SweepResult, metrics: Sequence[str]) -> Figure:
    """Some metrics against the first key, one panel each; a line for the values of the others.

    Cases that are not proven to the gap asked for are hollow; those without an answer are left out.
    """
    first, *others = result.plan.paths
    titles = key_titles(result.plan.paths)
    table = result.table[result.table["gap"].notna()]
    proven = table["status"].isin([Status.OPTIMAL.value, Status.GAP_LIMIT.value])
    figure, axes = _panels(len(metrics), 4)
    is_text = not pd.api.types.is_numeric_dtype(table[first])
    for axis, metric in zip(axes, metrics, strict=True):
        rows = table.iloc[np.argsort(table[first].to_numpy(), kind="stable")]
        lines = rows.groupby(others, dropna=False) if others else [((), rows)]
        for values, own in lines:
            x = own[first].astype(str) if is_text else own[first]
            label = ", ".join(map(_value, values if isinstance(values, tuple) else (values,)))
            (line,) = axis.plot(x, own[metric], "-", linewidth=1.2, label=label or None)
            for shown, face in ((proven[own.index], line.get_color()),
                                (~proven[own.index], "white")):  # fmt: skip
                axis.plot(x[shown], own[metric][shown], "o", markersize=5, color=line.get_color(),
                          markerfacecolor=face)  # fmt: skip
        axis.set_title(METRICS[metric].title, fontsize=10)
        axis.set_ylabel(METRICS[metric].unit_shown, fontsize=9)
        axis.set_xlabel(titles[first], fontsize=9)
        if others and len(axis.get_legend_handles_labels()[0]) <= _MOST_NAMED:
            axis.legend(fontsize=8, frameon=False, title=", ".join(titles[key] for key in others))
    figure.suptitle(f"{_title(result)}: against {titles[first]}", fontsize=11)
    return figure


def sweep_picture(result: SweepResult, metrics: Sequence[str]) -> Picture:
    """The picture that suits the plan: swings, indices, or lines against the first key."""
    known = [m for m in metrics if m in set(result.indices["metric"])]
    swung = [m for m in metrics if not _changes(result, m).empty]
    if known:
        figure, words = index_figure(result, known), "Indices of sensitivity"
    elif result.plan.method == "one_at_a_time" and swung:
        figure, words = tornado_figure(result, swung), "Swings of each key alone"
    else:
        figure, words = line_figure(result, metrics), f"Metrics against {result.plan.paths[0]}"
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return Picture(buffer.getvalue(), f"{words} of the sweep of {result.study.name}")


BEGUN, FINISHED, STORE = "sweep.json", "summary.json", "store"


def sweep_folder(
    study: Study,
    plan: Plan,
    out: Path,
    *,
    catalogue: Catalogue,
    resume: bool = False,
    workers: int = 1,
    scheduler: str | None = None,
    store: Path | None = None,
    progress: Tell | None = None,
) -> SweepResult:
    """Run a sweep, with arguments of `siting.sweeps.sweep`, into a folder.

    Parameters
    ----------
    resume : bool, default False
        Go on with the sweep that was begun there.
    store : path, optional
        Folder for the answers that other sweeps may share; ``out/store`` by default.

    Raises
    ------
    siting.errors.StudyError
        If the folder holds a sweep of another study or plan, or any without ``resume``, or the
        plan does not fit the study; then nothing is written.
    siting.errors.DataError
        If the folder holds anything else, or its sweep was changed since it was written.
    """
    is_begun = _is_begun(out, _begun(study, plan), resume)

    def begin() -> None:
        if not is_begun:
            with new_folder(out, "sweep") as new:
                (new / BEGUN).write_text(_begun(study, plan), encoding="utf-8")

    result = sweep(study, plan, store=store or out / STORE, workers=workers, scheduler=scheduler,
                   catalogue=catalogue, progress=progress, begin=begin)  # fmt: skip
    write_sweep(result, out)
    return result


def _begun(study: Study, plan: Plan) -> str:
    return json.dumps({"study": study.to_mapping(), "plan": plan.to_mapping()}, ensure_ascii=False)


def _is_begun(out: Path, begun: str, resume: bool) -> bool:
    """Return whether a folder holds this very sweep; else nothing, or an error is raised."""

    def refuse(problem: str, remedy: str) -> StudyError:
        return StudyError([Fault("--out", None, str(out), problem, remedy)])

    check_folder(out, "sweep")
    if written_by(out) is None:
        return False
    if not (out / BEGUN).is_file() or (out / BEGUN).read_text(encoding="utf-8") != begun:
        raise refuse("holds a sweep of another study or plan", "Name another folder.")
    if not resume:
        finished = (out / FINISHED).is_file()
        state = "finished sweep" if finished else "sweep that was not finished"
        raise refuse(f"holds a {state}", "Add --resume, or name another folder.")
    return True


def write_sweep(result: SweepResult, out: Path) -> None:
    """Write every file of a finished sweep, the summary last; what is stored there stays.

    The folder is new, empty, or that of a sweep.
    """
    with new_folder(out, "sweep", keep=True) as new:
        (new / BEGUN).write_text(_begun(result.study, result.plan), encoding="utf-8")
        result.table.to_parquet(new / "cases.parquet")
        result.sites.to_parquet(new / "sites.parquet", index=False)
        result.flows.to_parquet(new / "flows.parquet", index=False)
        write_csv(result.indices, new / "indices.csv")
        (new / "study.yaml").write_text(result.study.to_yaml(), encoding="utf-8")
        sweep_figures(result, new)
        if not result.sites.empty:
            save_answers(
                _answers(result, result.catalogue or load_catalogue()), new, kind="sweep",
                parameters=result.plan.paths,
                indices=None if result.indices.empty else result.indices,
            )  # fmt: skip
        summary = json.dumps(result.summary(), indent=1, ensure_ascii=False) + "\n"
        (new / FINISHED).write_text(summary, encoding="utf-8")


def _answers(result: SweepResult, catalogue: Catalogue) -> Answers:
    """The sweep as the page wants it: only cases with an answer."""
    study = result.study
    joined, ids = chosen_sites(study, catalogue)
    regions = chosen_regions(study, joined)
    answered = result.table[result.table["gap"].notna()]
    names = {case: str(case) for case in answered.index}
    return Answers(
        title=f"{study.name}: sweep",
        description=" ".join([study.description.strip(), *_unanswered(result.table)]),
        table=answered.drop(columns=["reason", "warnings", "open_sites", "site_it_mw"]).rename(
            index=names
        ),
        objectives=result.plan.metrics,
        sites=result.sites.assign(answer=result.sites["case"].map(names)).drop(columns="case"),
        candidates=joined.candidates.loc[list(ids)],
        demand=regions.assign(it_mw=demand_mw(study, regions).sum(axis=0)),
        first=str(answered.index[0]),
        totals_of=totals_basis(study),
        tables_of=tables_basis(study),
    )


def _unanswered(table: pd.DataFrame) -> Iterator[str]:
    """Cases without a placement, by why, in a sentence; none where all have one."""
    without = table[table["gap"].isna()]
    if len(without):
        counts = without["status"].astype(str).groupby(without["status"], sort=False).size()
        why = ", ".join(f"{count} {plain_title(str(s)).lower()}" for s, count in counts.items())
        yield (f"{len(without)} of {len(table)} cases have no placement ({why}); "
               "cases.parquet has them with the reason.")  # fmt: skip
