"""The commands that solve one study many times, and those that compare what came of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from siting.cli.output import (
    STOPPED_EARLY,
    Json,
    Overrides,
    Resume,
    RunFolder,
    Scheduler,
    StudyFile,
    Workers,
    built_in,
    load,
    print_json,
    print_pairs,
    print_table,
    rewrite_line,
    say,
    warn,
)
from siting.errors import AuditError
from siting.nomenclature import signed
from siting.status import PROVEN, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pandas import DataFrame

    from siting.decisions import Robustness
    from siting.sweeps import Done

__all__ = ["app"]


app = typer.Typer()

Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the results.")]


def _rows(table: DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _end(status: Status, audits: Mapping[str, Sequence[str]]) -> None:
    """End as a solve does: by the audit, then by the weakest answer."""
    faults = [f"{key}: {fault}" for key, found in audits.items() for fault in found]
    if faults:
        raise AuditError("\n".join(faults))
    if status not in PROVEN:
        raise typer.Exit(STOPPED_EARLY)


@app.command()
def pareto(
    study: StudyFile,
    objectives: Annotated[
        str,
        typer.Option(help="Two to four of energy, carbon, water, cost; the first is solved for."),
    ] = "energy,carbon,water",
    points: Annotated[int, typer.Option(min=2, max=1000, help="Points to look for.")] = 20,
    gap: Annotated[
        float, typer.Option(min=0, max=0.5, help="Gap of each point, in ranges of the first.")
    ] = 0.01,
    point_time: Annotated[
        float, typer.Option(min=1, help="Longest time for one point [s].")
    ] = 60.0,
    out: Out = None,
    workers: Workers = 1,
    scheduler: Scheduler = None,
    resume: Resume = False,
    overrides: Overrides = None,
    as_json: Json = False,
) -> None:
    """Efficient placements of STUDY between its objectives, each proven, with the knee."""
    from siting.config.study import totals_basis
    from siting.decisions import pareto as find
    from siting.decisions.case import check_objectives

    names = check_objectives([name.strip() for name in objectives.split(",") if name.strip()])
    resolved = load(study, overrides)
    folder = out or Path("runs") / f"{resolved.name}_pareto"
    try:
        decision = find(
            resolved, names, points, gap_of_range=gap, seconds=point_time, workers=workers,
            scheduler=scheduler, resume=resume, catalogue=built_in(), out=folder, progress=say,
        )  # fmt: skip
    except KeyboardInterrupt:
        _stopped_in(folder)
    front, table = decision.found, decision.table
    shown = ["point", *front.metrics, "status", "gap", "gap_of_range", "is_knee", "sites"]
    rows = _rows(table[shown])
    if as_json:
        facts = {"folder": str(folder), "status": decision.status, "knee": front.knee}
        print_json({**facts, "points": rows})
    else:
        title = "" if not (basis := totals_basis(resolved)) else f"Metrics: {basis}"
        print_table(title, [_shown_point(row) for row in rows])
        typer.echo(f"\nWritten to {folder}")
    _end(decision.status, decision.audit_faults)


def _shown_point(row: Mapping[str, Any]) -> dict[str, Any]:
    """A point of a front in the terminal: its gap in per cent of the range, its number of sites."""
    shown = {name: row[name] for name in row if name not in ("gap", "gap_of_range", "is_knee")}
    shown["sites"] = row["sites"].count(",") + 1
    gap = round(100.0 * row["gap_of_range"], 2)
    return shown | {"gap_of_range_%": gap, "knee": "yes" if row["is_knee"] else ""}


@app.command()
def alternatives(
    study: StudyFile,
    slack: Annotated[
        float, typer.Option(min=0, max=1, help="How much worse than the best (0.05 = 5 %).")
    ] = 0.05,
    count: Annotated[int, typer.Option(min=1, max=100, help="Alternatives to look for.")] = 5,
    each_time: Annotated[float, typer.Option(min=1, help="Longest time in one search [s].")] = 60.0,
    out: Out = None,
    overrides: Overrides = None,
    as_json: Json = False,
) -> None:
    """The most different sets of sites of STUDY that are nearly as good as the best."""
    from siting.decisions import alternatives as find

    resolved = load(study, overrides)
    folder = out or Path("runs") / f"{resolved.name}_alternatives"
    decision = find(resolved, slack, count, seconds=each_time,
                    catalogue=built_in(), out=folder, progress=say)  # fmt: skip
    found, table = decision.found, decision.table
    shown = ["alternative", "objective", "excess", "moved", "moved_at_most", "status", "sites"]
    rows = _rows(table[shown])
    if as_json:
        facts = {"folder": str(folder), "status": decision.status, "common": found.common}
        print_json({**facts, "alternatives": rows})
    else:
        print_table("", [{**row, "sites": str(row["sites"]).split(",")} for row in rows])
        typer.echo(f"\nIn all of them: {', '.join(found.common) or 'no site'}")
        if found.exhausted:
            typer.echo(f"No other set of sites lies within {slack:.1%}.")
        typer.echo(f"Written to {folder}")
    _end(decision.status, decision.audit_faults)


@app.command()
def robustness(
    study: StudyFile,
    samples: Annotated[int, typer.Option(min=0, max=10_000, help="Weightings to draw.")] = 30,
    entries: Annotated[
        int, typer.Option(min=0, help="Closed sites whose entry is priced, cheapest first.")
    ] = 10,
    scenario: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME:PATH=VALUE;…", help="A future for the regret matrix."),
    ] = None,
    conventions: Annotated[
        bool,
        typer.Option(
            help="Solve under each other convention: water, carbon, round trips, servers, prices."
        ),
    ] = True,
    time_limit: Annotated[
        float,
        typer.Option(
            min=1,
            metavar="SECONDS",
            help="Time of all questions together. What it does "
            "not answer is listed, and no figure of it is called proven.",
        ),
    ] = 1800,
    workers: Workers = 1,
    scheduler: Scheduler = None,
    resume: Resume = False,
    out: Out = None,
    overrides: Overrides = None,
    as_json: Json = False,
) -> None:
    """Irreplaceability of each site of STUDY, and what changes the recommendation."""
    from siting.config.study import tables_basis
    from siting.config.yaml_text import parse_scenarios
    from siting.decisions import robustness as find
    from siting.decisions.assumptions import convention_table

    futures = parse_scenarios(scenario or [])
    resolved = load(study, overrides)
    folder = out or Path("runs") / f"{resolved.name}_robustness"
    try:
        decision = find(
            resolved, samples=samples, entries=entries, scenarios=futures, conventions=conventions,
            time_limit_s=time_limit, workers=workers, scheduler=scheduler, resume=resume,
            catalogue=built_in(), out=folder, progress=say,
        )  # fmt: skip
    except KeyboardInterrupt:
        _stopped_in(folder)
    other = _rows(convention_table(decision.found.conventions))
    shown = ["site", "is_open", "it_mw", "question", "cost_least", "cost_most", "chosen_share"]
    rows, flips = _rows(decision.table[shown]), decision.found.flip_weights
    if as_json:
        facts = {"folder": str(folder), "status": decision.status}
        print_json({**facts, "sites": rows, "flip_weights": flips, "conventions": other})
    else:
        title = "" if not (basis := tables_basis(resolved)) else f"IT load: {basis}"
        print_table(title, rows)
        _print_robustness(decision.found, other)
        typer.echo(f"\nWritten to {folder}")
    _end(decision.status, decision.audit_faults)


def _print_robustness(found: Robustness, other: list[dict[str, Any]]) -> None:
    """Print weights, other conventions and other futures of a robustness study."""
    from siting.decisions.assumptions import convention_words, regret_table

    flips = [{"metric": m, **row} for m, row in found.flip_weights.items()]
    print_table("\nWeight at which other sites are better", flips)
    if other:
        shown = ["convention", "value", "status", "gap", "stays", "rise", "turns"]
        narrow = [{k: row[k] for k in shown} for row in other]
        print_table("\nShare of the load that stays under another convention", narrow)
        for row in other:
            if row["leave"]:
                typer.echo(f"{row['convention']}={row['value']}: {row['leave']} leave")
        typer.echo(convention_words(found.conventions))
    if found.regret is not None:
        print_table("\nRegret of a plan in another future", _rows(regret_table(found.regret)))


@app.command()
def explain(
    run: RunFolder,
    site: Annotated[str, typer.Argument(metavar="SITE", help="Id of a candidate.")],
    as_json: Json = False,
) -> None:
    """Why SITE is open or closed in RUN, and what would have to change."""
    from siting.decisions.explain import LONGEST_S, explain_site
    from siting.decisions.explanation_text import explanation_lines, explanation_mapping, other_make
    from siting.mip import Clock
    from siting.placement import package_versions
    from siting.placement.folder import load_placement

    clock = Clock(LONGEST_S)
    placement = load_placement(run)
    other = other_make(placement.versions, placement.catalogue_sha256,
                       package_versions(), built_in().sha256)  # fmt: skip
    found = explain_site(
        placement.study, site, catalogue=built_in(), progress=say, clock=clock,
        placement=None if other else placement,
    )  # fmt: skip
    agrees = (site in placement.sites.index) == found.is_open
    if as_json:
        facts = {"agrees_with_run": agrees, "made_otherwise": other}
        print_json({**explanation_mapping(found), **facts})
    else:
        if other:
            typer.echo("\n".join([*other, ""]))
        if not agrees:
            why = "it was made otherwise" if other else "its files have changed since"
            typer.echo(f"The run says otherwise of {site}: {why}.\n")
        typer.echo("\n".join(explanation_lines(found)))
    # The other state is no plan: what its audit finds is said, and changes no exit code.
    _end(found.status, {k: v for k, v in found.audit_faults.items() if k == "the answer"})


class Method(StrEnum):
    """Method that combines the values of several keys."""

    GRID = "grid"
    ONE_AT_A_TIME = "one_at_a_time"
    LATIN = "latin"
    MORRIS = "morris"
    SOBOL = "sobol"


@app.command()
def sweep(
    study: StudyFile,
    over: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH=V1,V2", help="Values of a key, or LOW..HIGH; repeatable."),
    ] = None,
    plan: Annotated[Path | None, typer.Option(help="YAML file of the plan instead.")] = None,
    method: Annotated[Method, typer.Option(help="How keys are combined.")] = Method.GRID,
    samples: Annotated[
        int, typer.Option(min=1, help="Points (latin, sobol) or trajectories (morris).")
    ] = 16,
    seed: Annotated[int, typer.Option(min=0, help="Of the samples.")] = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the sweep [sweeps/<name>].")
    ] = None,
    workers: Workers = 1,
    scheduler: Scheduler = None,
    store: Annotated[
        Path | None, typer.Option(help="Folder of solved cases that sweeps share [DIR/store].")
    ] = None,
    resume: Resume = False,
    overrides: Overrides = None,
    as_json: Json = False,
) -> None:
    """Solve STUDY for many values of its keys; write one row a case."""
    if (plan is None) == (not over):
        raise typer.BadParameter("give either --over, once or more, or --plan")
    resolved = load(study, overrides)
    out = out or Path("sweeps") / resolved.name

    from siting.sweeps import sweep_folder
    from siting.sweeps.plan import plan_from_over, read_plan

    chosen = (
        read_plan(plan)
        if plan is not None
        else plan_from_over(over or (), method=method, samples=samples, seed=seed)
    )
    try:
        result = sweep_folder(
            resolved, chosen, out, catalogue=built_in(), resume=resume, workers=workers,
            scheduler=scheduler, store=store, progress=_tell,
        )  # fmt: skip
    except KeyboardInterrupt:
        _stopped_in(out)
    summary = result.summary()
    if as_json:
        print_json(summary)
    else:
        print_pairs(f"Written to {out}", {k: v for k, v in summary.items() if k != "plan"})


def _tell(now: Done | str) -> None:
    """Cases done, rate and time left: one line that moves, or a line each time; or a warning."""
    if isinstance(now, str):
        if sys.stderr.isatty():
            rewrite_line("")
        warn(now)
    elif sys.stderr.isatty():
        rewrite_line(str(now) + "\n" * (now.done == now.cases))
    else:
        say(str(now))


@app.command()
def compare(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN RUN...", help="Folders that solve wrote.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the comparison.")],
    as_json: Json = False,
) -> None:
    """Show what differs between runs and what drives it, the first being the base."""
    from siting.report.folder import compare_runs

    result = compare_runs(runs, out)
    if as_json:
        print_json(result.summary())
        return
    names = list(result.totals["run"])
    words = result.totals.set_index("run")[["totals_of", "tables_of"]].T
    metrics = result.totals.set_index("run").drop(columns=["status", "gap", *words.index]).T
    print_table(
        "",
        [
            {"total of a year": str(m), **dict(zip(names, row, strict=True))}
            for table in (words, metrics.astype(float))
            for m, row in zip(table.index, table.to_numpy().tolist(), strict=True)
        ],
    )
    for run in names[1:]:
        own = result.causes[result.causes["run"] == run]
        parts = [c for c in own.columns if c not in ("run", "metric", "before", "after")]
        print_table(
            f"from {names[0]} to {run}, and what drives it [% of {names[0]}]",
            [{"metric": metric, **{c: signed(100 * row[c] / row["before"], ".2f") for c in parts}}
             for metric, row in own.set_index("metric").iterrows() if row["before"]],
        )  # fmt: skip
    typer.echo(f"Written to {out}")


#: Exit code of a command of many solves that the planner ended.
INTERRUPTED = 130


#: Said where a command was interrupted before its first solve ended.
NOTHING = "nothing is written yet"


def _stopped_in(folder: Path) -> NoReturn:
    """End a command of many solves that was interrupted, and say how to go on."""
    kept = f"what is done is in {folder}: go on with --resume" if folder.exists() else NOTHING
    typer.echo(f"\nstopped; {kept}", err=True)
    raise typer.Exit(INTERRUPTED) from None
