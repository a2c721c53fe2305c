"""Runs side by side: tables of what differs from the first, and a picture of what drives it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from siting.comparison import (
    CAUSES,
    contributions,
    drivers,
    moved_flows,
    site_changes,
    site_contributions,
)
from siting.config.study import tables_basis, totals_basis
from siting.errors import DataError, Fault
from siting.files.folders import check_folder, new_folder
from siting.files.spreadsheets import write_csv
from siting.nomenclature import LIMITED, METRICS
from siting.placement import Placement
from siting.placement.folder import load_placement, load_placements
from siting.report.data import clean
from siting.report.folder import save_comparison
from siting.report.maps.multiples import multiples_map

__all__ = ["Comparison", "cause_figure", "compare", "compare_answers", "compare_runs"]

_TABLES = ("totals", "sites", "flows", "drivers", "causes", "site_causes")
#: Okabe and Ito's palette, one colour a cause.
_COLOURS = {"added": "#d55e00", "removed": "#56b4e9", "load": "#999999", "pue": "#cc79a7",
            "intensity": "#009e73"}  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """Several placements against the first.

    Parameters
    ----------
    totals : DataFrame
        run, totals_of, tables_of, status, gap [-], it_mw [MW], open_sites, and the metrics in their
        units; one row a placement. Load and metrics are totals: of several periods and scenarios
        the mean of the plan; open_sites counts those open in any of them.
    sites, flows, drivers, causes, site_causes : DataFrame
        Column run, then the tables of `site_changes`, `moved_flows`, `drivers`, `contributions`
        and `site_contributions` from the first placement to that run.
    """

    totals: pd.DataFrame
    sites: pd.DataFrame
    flows: pd.DataFrame
    drivers: pd.DataFrame
    causes: pd.DataFrame
    site_causes: pd.DataFrame
    #: The placements that are compared, by name.
    placements: Mapping[str, Placement] = field(default_factory=dict, repr=False, compare=False)

    @property
    def table(self) -> pd.DataFrame:
        """One row a placement, as in ``totals``."""
        return self.totals

    def save(self, folder: Path | str) -> None:
        """Write tables and pictures, whole or not at all."""
        with new_folder(Path(folder), "compare") as new:
            _write(self, new)

    def summary(self) -> dict[str, Any]:
        """Totals and causes as plain values."""
        return {name: getattr(self, name).to_dict("records") for name in ("totals", "causes")}


def compare(placements: Mapping[str, Placement]) -> Comparison:
    """Compare placements with the first of them.

    Parameters
    ----------
    placements : mapping of str to Placement
        Two or more answers under their names; of any studies whose sites have the same ids.

    Raises
    ------
    siting.errors.DataError
        If there are fewer than two.
    """
    if len(placements) < 2:
        remedy = "Name two or more runs"
        raise DataError([Fault("compare", None, "", f"{len(placements)} run is given", remedy)])
    first, *others = placements
    base = placements[first]

    def table(
        make: Callable[[Placement, Placement], pd.DataFrame], index: str | None = None
    ) -> pd.DataFrame:
        parts = []
        for name in others:
            part = make(base, placements[name])
            part = part.rename_axis(index).reset_index() if index else part
            part.insert(0, "run", name)
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    return Comparison(
        totals=pd.DataFrame([_totals(name, p) for name, p in placements.items()]),
        sites=table(site_changes, "site"),
        flows=table(moved_flows),
        drivers=table(drivers, "metric"),
        causes=table(contributions, "metric"),
        site_causes=table(site_contributions),
        placements=dict(placements),
    )


def compare_answers(
    given: Mapping[str, Placement] | Sequence[Placement | Path | str], out: Path | None = None
) -> Comparison:
    """Compare placements, by name or each by that of its study or folder, with the first of them.

    The folder ``out`` is that of `compare_runs` where all are folders of runs.
    """
    if not isinstance(given, Mapping):
        runs = [Path(each) for each in given if not isinstance(each, Placement)]
        if out is not None and len(runs) == len(given):
            return compare_runs(runs, out)
        named = [
            (each.study.name, each) if isinstance(each, Placement)
            else (Path(each).name, load_placement(Path(each)))
            for each in given
        ]  # fmt: skip
        given = dict(named)
    result = compare(given)
    if out is not None:
        result.save(out)
    return result


def _totals(name: str, placement: Placement) -> dict[str, Any]:
    return {
        "run": name,
        "totals_of": totals_basis(placement.study) or "a typical year",
        "tables_of": tables_basis(placement.study) or "a typical year",
        "status": str(placement.status),
        "gap": placement.gap,
        "it_mw": float(placement.mean_sites["it_mw"].sum()),
        "open_sites": len(placement.mean_sites),
        **{metric: float(value) for metric, value in placement.metrics.items()},
    }


def cause_figure(comparison: Comparison, first: str) -> Figure:
    """Drivers of the difference of each total, one panel a run; bars add up to the diamond."""
    runs = list(dict.fromkeys(comparison.causes["run"]))
    figure = Figure(figsize=(8.5, 0.9 + 2.9 * len(runs)), dpi=120, layout="constrained")
    for axis, run in zip(figure.subplots(len(runs), 1, squeeze=False)[:, 0], runs, strict=True):
        own = (
            comparison.causes[comparison.causes["run"] == run]
            .drop(columns="run")
            .set_index("metric")
        )
        own = own.loc[[m for m in METRICS if m in own.index and own["before"][m]]].iloc[::-1]
        share = own.div(own["before"], axis=0) * 100.0
        places = np.arange(len(own))
        up, down = np.zeros(len(own)), np.zeros(len(own))
        for cause, colour in _COLOURS.items():
            values = share[cause].to_numpy(dtype=float)
            if not values.any():
                continue
            left = np.where(values > 0, up, down)
            axis.barh(places, values, left=left, color=colour, height=0.6, label=CAUSES[cause])
            up, down = up + values.clip(min=0), down + values.clip(max=0)
        axis.plot(share["change"], places, "D", color="#222222", markersize=6,
                  markerfacecolor="white", label="difference")  # fmt: skip
        axis.axvline(0.0, color="#222222", linewidth=1.0)
        axis.set_yticks(places, [LIMITED[str(m)].title for m in own.index], fontsize=8)
        axis.set_xlabel(f"Change from {clean(first)} [% of its total]", fontsize=9)
        axis.set_title(f"From {clean(first)} to {clean(run)}", fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
    handles = {name: h for a in figure.axes for h, name in zip(*a.get_legend_handles_labels(),
                                                               strict=True)}  # fmt: skip
    figure.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=2,
                  fontsize=8, frameon=False)  # fmt: skip
    return figure


def compare_runs(runs: Sequence[Path], out: Path) -> Comparison:
    """Compare run folders and write the folder of the comparison, whole or not at all.

    Parameters
    ----------
    runs : sequence of path
        Folders that `siting solve` wrote; the first is what the others are compared with.
    out : path
        Folder to write: ``totals.csv``, ``sites.csv``, ``flows.csv``, ``drivers.csv``,
        ``causes.csv``, ``site_causes.csv``, ``causes.png``, ``maps.png`` and ``compare.json``,
        from which `siting report` makes the page.

    Raises
    ------
    siting.errors.DataError
        For every run that is missing or damaged, and for an ``out`` that is something else.
    """
    named = _names(runs)
    check_folder(out, "compare")
    result = compare(load_placements(named))
    with new_folder(out, "compare") as new:
        _write(result, new)
        # Paths are relative to where the folder will stand.
        save_comparison({n: _from(folder, out, new) for n, folder in named.items()}, new)
    return result


def _write(result: Comparison, new: Path) -> None:
    for name in _TABLES:
        write_csv(getattr(result, name), new / f"{name}.csv")
    cause_figure(result, next(iter(result.placements))).savefig(new / "causes.png")
    title = " against ".join(clean(name) for name in result.placements)
    multiples_map(result.placements, path=new / "maps.png", title=title)


def _from(folder: Path, out: Path, new: Path) -> Path:
    """The path that, seen from ``new``, has the words of ``folder`` seen from ``out``."""
    return new / os.path.relpath(folder, out)


def _names(runs: Sequence[Path]) -> dict[str, Path]:
    """Shortest ends of the paths by which the runs can be told apart."""
    absolute = [run.absolute() for run in runs]
    for length in range(1, 6):
        names = ["/".join(path.parts[-length:]) for path in absolute]
        if len(set(names)) == len(names):
            return dict(zip(names, absolute, strict=True))
    twice = next(str(run) for run in runs if list(runs).count(run) > 1)
    raise DataError([Fault(twice, None, "", "is named twice", "Name each run once")])
