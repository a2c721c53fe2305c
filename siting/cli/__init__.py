"""Command line: thin verbs over the Python API.

Results go to standard output, progress and messages to standard error. Exit codes: 0 solved to
the asked gap, 2 bad input, 3 infeasible, 4 stopped before the asked gap, 5 audit failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.cli import decisions as cli_decisions
from siting.cli import pages as cli_pages
from siting.cli.output import (
    STOPPED_EARLY,
    Csv,
    Json,
    Overrides,
    ProgressLine,
    RunFolder,
    StudyFile,
    built_in,
    guarded_streams,
    load,
    print_csv,
    print_json,
    print_pairs,
    print_renderable,
    print_table,
    records,
    say,
    warn,
)
from siting.errors import AuditError, InfeasibleError, InputError, SitingError
from siting.files import full_disk_told
from siting.files.folders import check_folder
from siting.nomenclature import signed

if TYPE_CHECKING:
    from siting.audit.outcome import Audit
    from siting.catalogue import Catalogue
    from siting.config import Study
    from siting.placement import Placement

__all__ = ["app", "main"]


#: Smallest sites that a solve closes by themselves, to say what that would cost.
CLOSINGS = 3


class _Commands(typer.core.TyperGroup):
    """The commands; what is wrong with an option is told in plain words."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


app = typer.Typer(
    cls=_Commands,
    help="Where to put data-center capacity: minimizes energy, carbon and water.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Kind(StrEnum):
    """Kinds of candidate sites, for --kind."""

    ARCTIC = "arctic"
    SUBSEA = "subsea"
    LAKE = "lake"
    HYDRO = "hydro"
    HUB = "hub"
    EDWC = "edwc"


def main() -> None:
    """Run the command line; a mistake of the planner is a message, a bug stays a traceback."""
    with guarded_streams():
        try:
            try:
                with full_disk_told(Path("the disk")):
                    app()
            finally:
                typer.echo(nl=False)  # flushes what is left, where there is an output
        except BrokenPipeError:
            raise SystemExit(1) from None
        except SitingError as error:
            say(str(error))
            raise SystemExit(error.exit_code) from None
        except OSError as error:
            where = error.filename or _missing_folder()
            if where is None:
                raise
            say(f"{where}: {error.strerror}")
            raise SystemExit(InputError.exit_code) from None


def _missing_folder() -> str | None:
    """The working folder in words, where it has been deleted."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return "the working folder is not there any more; change to another (cd)"
    return None


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"siting {version('siting')}")
        raise typer.Exit


@app.callback()
def _siting(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def solve(
    study: StudyFile,
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Folder of the run [runs/<name>].")
    ] = None,
    gap: Annotated[float | None, typer.Option(help="Override solver.gap.")] = None,
    time_limit: Annotated[
        float | None, typer.Option(help="Override solver.time_limit_s [s].")
    ] = None,
    overrides: Overrides = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Place the capacity of STUDY and write RUN."""
    shortcuts = {"solver.gap": gap, "solver.time_limit_s": time_limit}
    given = [f"{key}={value}" for key, value in shortcuts.items() if value is not None]
    resolved = load(study, [*(overrides or ()), *given])
    out = out or Path("runs") / resolved.name
    check_folder(out, "solve")
    for doubt in _odd(resolved):
        warn(doubt)

    from siting.report import reading_ahead
    from siting.run import solve_study, write_run
    from siting.status import is_reached

    line = ProgressLine()
    try:
        placement = solve_study(resolved, catalogue=built_in(), progress=reading_ahead(line),
                                interruptible=True, closings=CLOSINGS)  # fmt: skip
    except InfeasibleError as error:
        conflict = _conflict(resolved, error, line)
        raise InfeasibleError(f"{error}\n{conflict}", error.needed) from None
    finally:
        line.close()
    run = write_run(placement, out)
    if as_json:
        print_json(placement.summary())
    elif as_csv:
        print_csv(records(placement.sites))
    else:
        _print_placement(run, placement)
    if placement.audit and not placement.audit["passed"]:
        raise AuditError("\n".join(placement.audit["faults"]))
    if not is_reached(placement.gap, resolved.solver.gap):
        raise typer.Exit(STOPPED_EARLY)


def _conflict(study: Study, error: InfeasibleError, line: ProgressLine) -> str:
    """Infeasibility diagnosis of a study without a solution, as far as time allows."""
    from siting.infeasible import explain_infeasible
    from siting.infeasible.bounds import reach_words

    for key, least in error.needed.items():
        say(f"{key}: {reach_words(key, least)}; looking for what would do")
    return str(
        explain_infeasible(study, catalogue=built_in(), progress=line.count, needed=error.needed)
    )


def _print_placement(run: Path, placement: Placement) -> None:
    from siting.report.display import placement_table

    print_renderable(placement_table(placement))
    typer.echo(f"\nWritten to {run}")


@app.command()
def check(study: StudyFile, overrides: Overrides = None, as_json: Json = False) -> None:
    """Show every fault of STUDY at once, with its line, or what it resolves to."""
    replaced: list[str] = []
    try:
        resolved = load(study, overrides, tell=replaced.append if as_json else warn)
        counts, doubts = _counts(resolved)
    except (InputError, InfeasibleError) as error:
        if not as_json:
            raise
        faults = [vars(fault) for fault in getattr(error, "shown", ())]
        reason = {"infeasible": str(error)} if isinstance(error, InfeasibleError) else {}
        print_json({"valid": False, "faults": faults, **reason})
        raise typer.Exit(error.exit_code) from None
    doubts = [*replaced, *doubts]
    if as_json:
        print_json({"valid": True, **counts, "warnings": doubts})
        return
    print_pairs(f"{study}: no faults", counts)
    for doubt in doubts:
        warn(doubt)


def _counts(study: Study) -> tuple[dict[str, Any], Sequence[str]]:
    """Resolved study, and its warnings."""
    from siting.catalogue.planner import repairs
    from siting.run import check_study

    checked = check_study(study, catalogue=built_in())
    problem = checked.problem
    offered = problem.coefficients.offer_source
    catalogue, chosen = _chosen_sites(study)
    objective = study.objective
    weighted = objective.method == "weighted"
    counts = {
        "name": study.name,
        "candidates": len(chosen),
        "read_as": [*catalogue.notes, *problem.regions.attrs.get("notes", ())],
        "repaired": repairs(catalogue, chosen),
        "left_out": dict(problem.left_out),
        "designs": len(study.designs),
        "demand_regions": len(problem.regions),
        "it_mw": {w.name: round(w.it_mw, 3) for w in study.demand.workloads}
        | {"in all": round(study.demand.it_mw, 3)},
        "max_rtt_ms": {w.name: w.max_rtt_ms for w in study.demand.workloads},
        "measured_round_trips": int(problem.measured_rtt.sum()),
        "slices": study.time.slices,
        "contracts": tuple(dict.fromkeys((*study.supply.contracts, *offered))),
        "method": objective.method,
        "objective": objective.weights.model_dump() if weighted else objective.order,
        "limits": study.limits.model_dump(exclude_defaults=True),
    }
    return counts, checked.warnings


@app.command()
def sites(
    study: Annotated[
        Path | None, typer.Argument(metavar="[STUDY]", help="Only the candidates of a study.")
    ] = None,
    near: Annotated[
        str | None, typer.Option(metavar="LAT,LON", help="Sort by distance from a point.")
    ] = None,
    kind: Annotated[list[Kind] | None, typer.Option(help="Only this kind; repeatable.")] = None,
    demand: Annotated[
        bool, typer.Option("--demand", help="The demand metros instead of the candidates.")
    ] = False,
    overrides: Overrides = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """List the catalogue's candidate sites."""
    from siting.catalogue.selection import listed_places

    point = _lat_lon(near) if near else None
    catalogue = built_in()
    ids = tuple(map(str, catalogue.candidates.index))
    if study is not None:
        catalogue, ids = _chosen_sites(load(study, overrides))
    rows = records(listed_places(catalogue, ids, kind=kind or (), near=point, demand=demand))
    if as_json or as_csv:
        (print_json if as_json else print_csv)(rows)
        return
    shown = ("id", "name", "country", "kinds", "groups", "lat", "lon", "distance_km")
    print_table("", [{name: row[name] for name in shown if name in row} for row in rows])
    say(f"{len(rows)} {'demand metros' if demand else 'candidate sites'}")


@app.command()
def audit(run: RunFolder, as_json: Json = False, as_csv: Csv = False) -> None:
    """Re-evaluate the placement of RUN over all the hours, without the optimizer."""
    from siting.run import audit_run

    result = audit_run(run, catalogue=built_in())
    if as_json:
        print_json(result.to_mapping())
    elif as_csv:
        print_csv(
            {"metric": name, "recomputed": value, "difference": result.differences[name]}
            for name, value in result.metrics.items()
        )
    else:
        _print_audit(run, result)
    if not result.passed:
        raise AuditError("\n".join(result.faults))


def _print_audit(run: Path, result: Audit) -> None:
    rows = [
        {"metric": name, "recomputed": value, "difference": signed(result.differences[name], ".3%")}
        for name, value in result.metrics.items()
    ]
    print_table(f"{run}: {result.steps:,} weather steps", rows)
    for sentence in result.hidden:
        say(sentence)


def _lat_lon(text: str) -> tuple[float, float]:
    """Read ``LAT,LON``. [degrees]."""
    try:
        lat, lon = (float(part) for part in text.replace("−", "-").split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not LAT,LON in degrees, as in 65.6,22.1") from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise typer.BadParameter(f"{text} lies outside -90..90, -180..180 degrees")
    return lat, lon


def _chosen_sites(study: Study) -> tuple[Catalogue, tuple[str, ...]]:
    """Catalogue with the planner's own sites, and the ids that may compete."""
    from siting.coefficients import sets

    return sets.chosen_sites(study, built_in())


def _odd(study: Study) -> list[str]:
    """Numbers of a study whose size makes their unit doubtful, in words."""
    from siting.config import unusual_numbers

    return [str(doubt) for doubt in unusual_numbers(study)]


app.add_typer(cli_pages.app)
app.add_typer(cli_decisions.app)
