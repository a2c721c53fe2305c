"""The folder of a run: written whole or not at all, and audited again later."""

from __future__ import annotations

import importlib.metadata
import platform
import time
from pathlib import Path

from siting.audit import Audit, audit_placement
from siting.catalogue import Catalogue, load_catalogue
from siting.errors import DataError, Fault
from siting.files.folders import new_folder
from siting.placement import Placement, load_placement, save_placement

__all__ = ["audit_run", "package_versions", "write_run"]

_PACKAGES = ("siting", "pulp", "highspy", "numpy", "pandas", "geopandas", "shapely", "pyproj")


def package_versions() -> dict[str, str]:
    """Versions of siting and of what it computes with."""
    found = {name: importlib.metadata.version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), **found}


def write_run(placement: Placement, folder: Path | str) -> Path:
    """Write a run folder, whole or not at all.

    Parameters
    ----------
    placement : Placement
        The answer to write.
    folder : path
        The run folder; an older run there is replaced, whatever else is there stays.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    siting.errors.DataError
        If the folder exists and is not a run, or the run was changed since it was written.
    """
    # Drawing is imported where something is drawn: a worker of a sweep never draws.
    from siting.report import write_report

    folder = Path(folder)
    start = time.perf_counter()
    with new_folder(folder, "solve") as new:
        write_report(placement, new)
        save_placement(placement.with_seconds(report=time.perf_counter() - start), new)
    return folder


def audit_run(folder: Path | str, *, catalogue: Catalogue | None = None) -> Audit:
    """Re-evaluate a run that was written earlier, over all weather steps.

    Parameters
    ----------
    folder : path
        A run folder of :func:`write_run`.
    catalogue : Catalogue, optional
        The tables to read; the built-in ones by default.
    """
    placement = load_placement(Path(folder))
    catalogue = catalogue or load_catalogue()
    if placement.catalogue_sha256 != catalogue.sha256:
        problem = "the run was solved with other tables than these"
        remedy = "Solve the study again, or audit with the version that solved it"
        raise DataError([Fault(str(folder), None, "catalogue_sha256", problem, remedy)])
    return audit_placement(placement, catalogue)
