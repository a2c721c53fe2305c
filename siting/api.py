"""The Python API: the words of the command line, one function each.

Every function takes a study as a `Study`, a file or a mapping, reads the built-in tables unless it
is given others, and tells ``progress`` what it does: a sentence, a `Progress` of the running solve
or the cases that a sweep has done. With ``out`` it writes the folder of its command.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, overload

import pandas as pd

from siting import decisions as decisions
from siting.audit import audit_placement
from siting.audit.outcome import Audit
from siting.catalogue import Catalogue, load_catalogue
from siting.catalogue.selection import listed_places
from siting.coefficients.sets import chosen_sites
from siting.comparison import Comparison
from siting.config import Study, load_study, study_from_mapping
from siting.decisions.explain import Explanation, explain_site
from siting.decisions.results import Decision
from siting.files.folders import check_folder
from siting.infeasible import Conflict, explain_infeasible
from siting.placement import Placement
from siting.placement.folder import load_placement
from siting.profile import Profile, profile_place
from siting.report import report_folder
from siting.report.folder import compare_answers
from siting.run import Checked, audit_run, check_study, solve_study, write_run
from siting.screen import Screening, screen_study
from siting.status import Tell
from siting.sweeps import sweep as sweep_study
from siting.sweeps import sweep_folder
from siting.sweeps.cases import SweepResult
from siting.sweeps.plan import Plan, plan_from_mapping, read_plan

__all__ = [
    "Checked",
    "alternatives",
    "audit",
    "check",
    "compare",
    "explain",
    "load",
    "pareto",
    "profile",
    "report",
    "robustness",
    "screen",
    "sites",
    "solve",
    "sweep",
]

type StudySource = Study | Path | str | Mapping[str, Any]


@overload
def load(source: Study | Mapping[str, Any], overrides: Sequence[str] = ()) -> Study: ...


@overload
def load(source: Path | str, overrides: Sequence[str] = ()) -> Any: ...


def load(source: StudySource, overrides: Sequence[str] = ()) -> Any:
    """Read a study, or the folder of a run.

    Parameters
    ----------
    source : path, mapping or Study
        A YAML file or plain data of a study, or a folder that `solve` wrote. Files that a mapping
        names are looked for in the working folder.
    overrides : sequence of str
        Keys of the study to change, each as ``path=value``; of one key the last one holds, as in
        ``[*defaults, *own]``, without the warning of the command line.

    Returns
    -------
    Study or Placement

    Raises
    ------
    siting.errors.InputError
        With every error of the study or of the folder.
    """
    if isinstance(source, Path | str) and Path(source).is_dir():
        return load_placement(Path(source))
    return _study(source, overrides)


def _study(source: StudySource, overrides: Sequence[str] = ()) -> Study:
    if isinstance(source, Path | str):
        return load_study(Path(source), tuple(overrides))
    if isinstance(source, Study):
        if not overrides:
            return source
        source = source.to_mapping()
    return study_from_mapping(source, tuple(overrides))


def solve(
    study: StudySource,
    overrides: Sequence[str] = (),
    *,
    out: Path | str | None = None,
    catalogue: Catalogue | None = None,
    progress: Tell | None = None,
    interruptible: bool = False,
) -> Placement:
    """Find the best placement of a study and audit it.

    Parameters
    ----------
    study, overrides
        As for `load`.
    out : path, optional
        Folder of the run to write.
    catalogue : Catalogue, optional
        The tables to read; the built-in ones by default.
    progress : callable, optional
        Told a `Progress` while the solver runs, and a sentence before and between solves.
    interruptible : bool, default False
        End the solve with its incumbent on Ctrl-C, instead of raising KeyboardInterrupt.

    Returns
    -------
    Placement

    Raises
    ------
    siting.errors.InputError
        If the study has errors.
    siting.errors.InfeasibleError
        If no placement meets every limit; `explain` says which are in conflict.
    siting.errors.NoAnswerError
        If the time ran out before any placement was found.
    """
    if out is not None:
        check_folder(Path(out), "solve")
    placement = solve_study(
        _study(study, overrides),
        catalogue=catalogue,
        progress=progress,
        interruptible=interruptible,
    )
    if out is not None:
        write_run(placement, out)
    return placement


def check(
    study: StudySource, overrides: Sequence[str] = (), *, catalogue: Catalogue | None = None
) -> Checked:
    """Check a study as far as that goes without a solve; see `siting.run.check_study`.

    Parameters
    ----------
    study, overrides, catalogue
        As for `solve`.
    """
    return check_study(_study(study, overrides), catalogue=catalogue)


def audit(
    placement: Placement | Path | str,
    catalogue: Catalogue | None = None,
    weather: Sequence[Any] = (),
) -> Audit:
    """Compute a placement, or the folder of a run, again over all weather steps.

    Parameters
    ----------
    placement : Placement or path
        The placement or its folder.
    catalogue : Catalogue, optional
        The tables to read; the built-in ones by default.
    weather : sequence of Weather, optional
        Of each state, all steps; read again by default. Of a placement only.
    """
    if isinstance(placement, Placement):
        return audit_placement(placement, catalogue or load_catalogue(), weather)
    return audit_run(placement, catalogue=catalogue)


def profile(site: str | None = None, **where: Any) -> Profile:
    """PUE, WUE and free cooling of each cooling design at one place.

    Parameters
    ----------
    site : str, optional
        Id of a candidate; otherwise ``lat`` and ``lon`` or ``epw``.
    **where
        Of `siting.profile.profile_place`.
    """
    return profile_place(site=site, **where)


def sites(
    study: StudySource | None = None,
    overrides: Sequence[str] = (),
    *,
    kind: Sequence[str] = (),
    near: tuple[float, float] | None = None,
    demand: bool = False,
    catalogue: Catalogue | None = None,
) -> pd.DataFrame:
    """Candidate sites of the catalogue, or of a study.

    Parameters
    ----------
    study, overrides
        As for `load`; the whole catalogue by default.
    kind : sequence of str
        Only these kinds.
    near : (float, float), optional
        Latitude and longitude to sort by distance from. [degrees]
    demand : bool, default False
        The demand metros instead.
    catalogue : Catalogue, optional
        The tables to read; the built-in ones by default.

    Returns
    -------
    DataFrame
        Index id; with ``near`` also distance_km.
    """
    catalogue = catalogue or load_catalogue()
    ids: Sequence[str] = [*map(str, catalogue.candidates.index)]
    if study is not None:
        catalogue, ids = chosen_sites(_study(study, overrides), catalogue)
    return listed_places(catalogue, ids, kind=kind, near=near, demand=demand)


def pareto(
    study: StudySource, objectives: Sequence[str] = ("energy", "carbon", "water"), points: int = 20,
    *, out: Path | None = None, progress: Tell | None = None, **options: Any,
) -> Decision[Any]:  # fmt: skip
    """Efficient placements between two to four objectives; see `siting.decisions.pareto`."""
    return decisions.pareto(
        _study(study), objectives, points, out=out, progress=progress, **options
    )


def alternatives(
    study: StudySource, slack: float = 0.05, count: int = 5,
    *, out: Path | None = None, progress: Tell | None = None, **options: Any,
) -> Decision[Any]:  # fmt: skip
    """The most different sets of sites that are nearly as good as the best one.

    See `siting.decisions.alternatives`.
    """
    return decisions.alternatives(
        _study(study), slack, count, out=out, progress=progress, **options
    )


def robustness(
    study: StudySource, *, out: Path | None = None, progress: Tell | None = None, **options: Any
) -> Decision[Any]:
    """Irreplaceability of each site, and the weights or scenarios that change the recommendation.

    See `siting.decisions.robustness`.
    """
    return decisions.robustness(_study(study), out=out, progress=progress, **options)


def explain(
    study: StudySource, site: str | None = None, *, progress: Tell | None = None, **options: Any
) -> Explanation | Conflict:
    """Explain why a site is open or closed, or, without a site, why a study is infeasible.

    See `siting.decisions.explain.explain_site` and
    `siting.infeasible.explain_infeasible`.
    """
    if site is None:
        return explain_infeasible(_study(study), progress=progress, **options)
    return explain_site(_study(study), site, progress=progress, **options)


def sweep(
    study: StudySource,
    plan: Plan | Path | str | Mapping[str, Any],
    *,
    out: Path | None = None,
    catalogue: Catalogue | None = None,
    progress: Tell | None = None,
    **options: Any,
) -> SweepResult:
    """Solve every case of a plan; see `siting.sweeps.sweep`.

    Parameters
    ----------
    study
        As for `load`.
    plan : Plan, path or mapping
        A plan, its file or its plain data.
    out : pathlib.Path, optional
        Folder to write; with ``resume=True`` an interrupted sweep goes on there.
    catalogue : Catalogue, optional
        The tables to read; the built-in ones by default.
    progress : callable, optional
        Told a `siting.sweeps.Done` whenever cases are done.
    **options
        Of `siting.sweeps.sweep`.
    """
    if isinstance(plan, Path | str):
        plan = read_plan(Path(plan))
    elif not isinstance(plan, Plan):
        plan = plan_from_mapping(plan)
    if out is not None:
        tables = catalogue or load_catalogue()
        return sweep_folder(
            _study(study), plan, out, catalogue=tables, progress=progress, **options
        )
    return sweep_study(_study(study), plan, catalogue=catalogue, progress=progress, **options)


def compare(
    placements: Mapping[str, Placement] | Sequence[Placement | Path | str],
    *,
    out: Path | None = None,
) -> Comparison:
    """Compare placements, or folders of runs, with the first of them.

    Parameters
    ----------
    placements : mapping of str to Placement, or sequence of placements and folders
        Two or more; of a sequence each is named by its study or folder.
    out : pathlib.Path, optional
        Folder to write; of run folders one from which `report` makes the page.
    """
    return compare_answers(placements, None if out is None else Path(out))


def screen(
    study: StudySource,
    overrides: Sequence[str] = (),
    *,
    out: Path | None = None,
    catalogue: Catalogue | None = None,
) -> Screening:
    """Candidates on a grid of equal areas, by the section ``screen`` of a study.

    Parameters
    ----------
    study, overrides, catalogue
        As for `solve`.
    out : pathlib.Path, optional
        Folder to write.
    """
    if out is not None:
        check_folder(out, "screen")
    found = screen_study(_study(study, overrides), catalogue or load_catalogue())
    if out is not None:
        found.save(out)
    return found


def report(
    result: Placement | Path | str,
    out: Path | str | None = None,
    *,
    formats: Sequence[str] = ("png",),
    dark: bool = False,
) -> Path:
    """Write the folder of a placement with its page, or pictures and the page of a folder.

    Parameters
    ----------
    result : Placement or path
        A placement, or a folder that siting wrote.
    out : path, optional
        Folder of the run, for a placement.
    formats : sequence of str
        png, svg or pdf; of a folder.
    dark : bool, default False
        Light on dark pictures; of a folder.

    Returns
    -------
    pathlib.Path
        The folder.
    """
    if isinstance(result, Placement):
        return write_run(result, out or Path("runs") / result.study.name)
    report_folder(Path(result), formats=formats, dark=dark)
    return Path(result)
