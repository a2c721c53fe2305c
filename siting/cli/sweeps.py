"""The verbs of many solves of one study under other values, and of runs side by side."""

from __future__ import annotations

import math
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.cli.output import (
    Json,
    Overrides,
    Resume,
    Scheduler,
    StudyFile,
    Workers,
    built_in,
    load,
    print_json,
    print_pairs,
    print_table,
    stopped_in,
)
from siting.cli.streams import rewrite_line

if TYPE_CHECKING:
    from siting.sweeps import Done

__all__ = ["app"]

app = typer.Typer()


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
        Path | None, typer.Option(help="Folder of answers that sweeps share [DIR/store].")
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

    from siting.sweeps import plan_from_over, read_plan, sweep_folder

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
        stopped_in(out)
    summary = result.summary()
    if as_json:
        print_json(summary)
    else:
        print_pairs(f"Written to {out}", {k: v for k, v in summary.items() if k != "plan"})


def _tell(now: Done) -> None:
    """Cases done, rate and time left: one line that moves, or a line each time."""
    left = f", {now.left_s:.0f} s left" if math.isfinite(now.left_s) else ""
    text = f"{now.done} of {now.cases} cases, {60 * now.rate_per_s:.1f} a minute{left}"
    if sys.stderr.isatty():
        rewrite_line(text + "\n" * (now.done == now.cases))
    else:
        typer.echo(text, err=True)


@app.command()
def compare(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN RUN...", help="Folders that solve wrote.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the comparison.")],
    as_json: Json = False,
) -> None:
    """Show what differs between runs and what drives it, the first being the base."""
    from siting.report.comparison import compare_runs

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
            [{"metric": metric, **{c: f"{100 * row[c] / row['before']:+.2f}" for c in parts}}
             for metric, row in own.set_index("metric").iterrows() if row["before"]],
        )  # fmt: skip
    typer.echo(f"Written to {out}")
