"""Which candidates compete and which regions are served, the planner's own files included."""

from __future__ import annotations

import pandas as pd

from siting.catalogue import (
    Catalogue,
    add_candidates,
    add_demand,
    select_candidates,
    select_demand,
)
from siting.catalogue.site_overrides import with_overrides
from siting.config import Study
from siting.config.demand import is_file_name
from siting.errors import DataError, Fault

__all__ = ["chosen_regions", "chosen_sites"]


def chosen_sites(study: Study, catalogue: Catalogue) -> tuple[Catalogue, tuple[str, ...]]:
    """The catalogue with the planner's own sites, and the ids that may compete.

    ``kinds`` are narrowed by ``region``; ``sites`` and the places of ``file`` come on top.

    Raises
    ------
    siting.errors.DataError
        For unknown names, and for every fault of the file.
    """
    chosen = study.candidates
    own: tuple[str, ...] = ()
    if chosen.file:
        catalogue, own = add_candidates(catalogue, chosen.file)
    catalogue = with_overrides(catalogue, study.sites.overrides)
    if study.screen and not (chosen.kinds or chosen.sites or chosen.region or chosen.file):
        problem = "are still to be made"
        remedy = "Run `siting screen`, then solve the study.yaml that it writes"
        raise DataError([Fault(study.name, None, "candidates", problem, remedy)])
    if not (chosen.kinds or chosen.sites or chosen.region):
        return catalogue, tuple(site for site in own if site not in chosen.exclude)
    named = select_candidates(
        catalogue,
        kinds=chosen.kinds,
        sites=(*chosen.sites, *own),
        region=chosen.region,
        exclude=chosen.exclude,
    )
    return catalogue, named


def chosen_regions(study: Study, catalogue: Catalogue) -> pd.DataFrame:
    """Demand regions of the study, one row each.

    Raises
    ------
    siting.errors.DataError
        For unknown names, and for every fault of a file.
    """
    ids: list[str] = []
    faults: list[Fault] = []
    for name in study.demand.regions:
        try:
            if is_file_name(name):
                catalogue, own = add_demand(catalogue, name)
                ids += own
            else:
                ids += select_demand(catalogue, name)
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError(faults)
    return catalogue.demand.loc[list(dict.fromkeys(ids))]
