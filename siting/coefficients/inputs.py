"""Inputs of a study from the catalogue and the planner's files, with all their errors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.catalogue import GROUPS, KINDS, REGIONS, Catalogue, once_per_catalogue
from siting.catalogue.figures import by_month, texts
from siting.catalogue.figures import given as figure
from siting.catalogue.given_figures import SERIES_OF, with_overrides
from siting.catalogue.hourly import load_hours
from siting.catalogue.layers import open_layers
from siting.catalogue.place_rules import WHERE_KEYS, broken_by_site
from siting.catalogue.selection import (
    COUNTRY_GROUPS,
    NAMES,
    country_groups,
    laws_in_force,
    missing_attributes,
    policy_table,
)
from siting.coefficients.sets import chosen_regions, chosen_sites, demand_mw, study_round_trips
from siting.config import (
    Study,
    Written,
    load_study,
    placed,
    read_written,
    readable_study,
    replaced_overrides,
)
from siting.config.base import dotted
from siting.config.cross_checks import absent_names, unknown_names
from siting.config.study import study_states
from siting.errors import DataError, Fault, InfeasibleError, InputError, StudyError, gather
from siting.supply import study_ppas
from siting.supply.power import connection_steps, generator_offers
from siting.supply.renewables import DAY_TYPES_FILE
from siting.supply.tables import grid_table

__all__ = ["REQUIRED", "Inputs", "check_inputs", "known_names", "read_study", "study_inputs"]

#: What a candidate must have; one that lacks any is left out, by name.
REQUIRED = (
    "grid_zone", "hydro_mw_150km", "scarcity_factor", "scarcity_factor_country", "connection_mw",
)  # fmt: skip
#: What its grid zone must have.
REQUIRED_OF_ZONE = (
    "carbon_g_per_kwh", "price_usd_per_mwh", "water_l_per_kwh", "water_zero_hydro_l_per_kwh",
    "withdrawal_l_per_kwh",
)  # fmt: skip


@dataclass(frozen=True)
class Inputs:
    """Tables of a study in one state.

    Parameters
    ----------
    catalogue : Catalogue
        With the planner's own candidates.
    sites : GeoDataFrame
        The S candidates that compete.
    regions : DataFrame
        The D demand regions.
    left_out : mapping of str to str
        Candidates that cannot compete, and why.
    """

    catalogue: Catalogue
    sites: gpd.GeoDataFrame
    regions: pd.DataFrame
    left_out: Mapping[str, str]


@once_per_catalogue
def _zone_names(catalogue: Catalogue) -> frozenset[str]:
    return frozenset(map(str, grid_table(catalogue).index))


def known_names(catalogue: Catalogue) -> dict[str, Collection[str]]:
    """Names that a study may give, by the dotted key that they may stand at."""
    table = catalogue.candidates
    sites, countries = set(table.index.tolist()), set(table["country"].tolist())
    zones, here = _zone_names(catalogue), set(table["grid_zone"].dropna().tolist())
    known: dict[str, Collection[str]] = dict.fromkeys(
        ("candidates.sites", "candidates.exclude", "limits.open", "limits.closed", "caps[].sites"),
        sites,
    )
    known |= {"candidates.region": NAMES | here}
    metros = set(catalogue.demand.index.tolist())
    known |= {"demand.regions": GROUPS | COUNTRY_GROUPS.keys() | metros}
    lands = set(open_layers(catalogue.folder).codes.index.tolist()) | countries
    known |= {"candidates.countries": lands, "candidates.exclude_countries": lands}
    known |= {"policy.laws": {"all", *map(str, policy_table(catalogue).index)}}
    known |= {"caps[].country": countries, "caps[].grid_zone": zones}
    known |= {"caps[].group": set(country_groups(catalogue))}
    where = sites | countries | here | REGIONS | KINDS.keys()
    return known | dict.fromkeys(WHERE_KEYS, where)


def read_study(
    path: Path,
    overrides: Sequence[str],
    catalogue: Catalogue,
    *,
    made: bool = True,
    tell: Callable[[str], None] | None = None,
) -> Study:
    """Read a study, its names and files checked against the built-in tables.

    Every error of the study and of the files that it names, as far as those can be read, is an
    `InputError`.

    Parameters
    ----------
    overrides : sequence of str
        Values of ``--set``.
    made : bool, default True
        Whether its candidates are there by now, and not still to be made by a screen.
    tell : callable, optional
        Told each override of which a later one leaves nothing, as a sentence.
    """
    written = read_written(path)
    try:
        study = load_study(written, overrides, known=known_names(catalogue))
    except StudyError as error:
        files = _file_faults(written, overrides, catalogue, error.faults) if made else []
        raise StudyError([*error.faults, *files]) from None
    if made:
        try:
            check_inputs(study, catalogue)
        except DataError as error:
            raise DataError(placed(written, overrides, error.faults)) from None
    if tell is not None:
        for words in replaced_overrides(written, overrides):
            tell(words)
    return study


def _file_faults(
    written: Written, overrides: Sequence[str], catalogue: Catalogue, known: Sequence[Fault]
) -> list[Fault]:
    """Errors of the files that a study names, besides those known of the study itself."""
    study = readable_study(written, overrides)
    if study is None:
        return []
    try:
        check_inputs(study, catalogue)
    except InputError as error:
        # Names of places count only where the study says which there are.
        places = ("candidates", "sites", "regions", "demand.regions")
        doubtful = any(fault.key.startswith(places) for fault in known)
        names = ("site", "zone") if doubtful else ()
        latency = study.demand.latency_file if doubtful else None
        ours, told = ("study", study.name), {fault.key for fault in known}
        return [
            f for f in error.faults
            if f.where not in ours and f.key not in names
            and not (latency is not None and Path(f.where).name == Path(latency).name)
            and not (f.where == "catalogue" and f.key in told)
        ]  # fmt: skip
    except InfeasibleError:
        pass
    return []


def check_inputs(study: Study, catalogue: Catalogue) -> None:
    """Raise every fault of what a study reads, in all its states.

    Raises `DataError` with all of them together.
    """
    states = study_states(study)
    gather(*(lambda s=state: study_inputs(s.study, catalogue) for state in states))


def study_inputs(study: Study, catalogue: Catalogue) -> Inputs:
    """Checked inputs of a study of one state.

    Raises `DataError` with the faults of the planner's files and of the names in the study
    together.
    """
    try:
        (joined, ids), regions = gather(
            lambda: chosen_sites(study, catalogue), lambda: chosen_regions(study, catalogue)
        )
    except DataError as error:
        raise DataError(dict.fromkeys([*error.faults, *_other_files(study, catalogue)])) from None
    if not ids:
        problem = "no site is of these kinds in this region"
        remedy = "`siting sites --kind KIND` lists what there is."
        raise DataError([Fault("study", None, "candidates", problem, remedy)])
    left_out = broken_by_site(joined, study.candidates, ids)
    kept = tuple(site for site in ids if site not in left_out)
    left_out |= _incomplete(joined, kept, (*REQUIRED, *_required_by(study)))
    sites = joined.candidates.loc[[site for site in ids if site not in left_out]]
    gather(
        lambda: _check_names(study, joined, sites),
        lambda: demand_mw(study, regions),
        lambda: study_round_trips(study, joined, regions, sites),
        *_power_files(study, joined, sites),
    )
    return Inputs(joined, sites, regions, left_out)


def _power_files(
    study: Study, catalogue: Catalogue, sites: pd.DataFrame
) -> Iterator[Callable[[], Any]]:
    """Readers of the planner's contracts, connections, generators and hours of load."""
    yield lambda: study_ppas(study, catalogue)
    yield lambda: connection_steps(study, catalogue, sites)
    yield lambda: generator_offers(study)
    for workload in study.demand.workloads:
        if (profile := workload.profile) is not None:
            yield partial(load_hours, profile)


def _other_files(study: Study, catalogue: Catalogue) -> list[Fault]:
    """Errors of the files that stand whatever the candidates are, whose names are not known."""
    sites = catalogue.candidates
    own = {site: given for site, given in study.sites.overrides.items() if site in sites.index}
    try:
        gather(
            lambda: with_overrides(catalogue, own), *_power_files(study, catalogue, sites.iloc[:0])
        )
    except DataError as error:
        return [fault for fault in error.faults if fault.key not in ("site", "zone")]
    return []


def _required_by(study: Study) -> tuple[str, ...]:
    """Attributes that a candidate needs beyond those of every study."""
    limits = study.limits
    by_basin = limits.basin_water_m3 is not None or limits.basin_withdrawal_m3 is not None
    return ("basin",) if by_basin else ()


def _check_names(study: Study, catalogue: Catalogue, sites: pd.DataFrame) -> None:
    faults = [*_name_faults(study, catalogue), *_law_faults(study, catalogue)]
    faults += _table_faults(study, catalogue)
    unknown = {fault.key for fault in faults}
    faults += [fault for fault in _idle_faults(study, sites) if fault.key not in unknown]
    faults += _offer_faults(study, sites, catalogue)
    if faults:
        raise DataError(faults)


def _name_faults(study: Study, catalogue: Catalogue) -> Iterator[Fault]:
    """Names that neither the catalogue nor the planner's file has."""
    data: dict[str, Any] = study.to_mapping()
    data["candidates"] |= {"file": None}  # its sites are in the catalogue by now
    for issue in unknown_names(data, known_names(catalogue)):
        yield Fault("study", None, dotted(issue.key), issue.problem, issue.remedy)


def _table_faults(study: Study, catalogue: Catalogue) -> Iterator[Fault]:
    """Tables that a key of the study asks for and the folder of the catalogue has not."""
    leave = "leave the key out"
    asked = {
        "economics.hourly_prices": ("grid_price_hourly.csv", study.economics.hourly_prices, leave),
        "policy.laws": ("policy.csv", bool(study.policy.laws), leave),
        "supply.day_types": (DAY_TYPES_FILE, study.typical_days, "set the key to mean"),
    }
    for key, (name, wanted, otherwise) in asked.items():
        if wanted and not (catalogue.folder / name).is_file():
            problem = f"needs {name}, which {catalogue.folder} has not"
            yield Fault("study", None, key, problem, f"Add the file, or {otherwise}.")


def _law_faults(study: Study, catalogue: Catalogue) -> Iterator[Fault]:
    """Laws that limit neither PUE nor WUE."""
    if not study.policy.laws:
        return
    table = policy_table(catalogue)
    usable = laws_in_force(table, table.index, study.policy.year).index
    for i, law in enumerate(study.policy.laws):
        if law in table.index and law not in usable:
            problem = f"is {law!r}, which limits {table['metric'][law]}, not PUE or WUE"
            yield Fault("study", None, f"policy.laws[{i}]", problem, "Leave it out.")


def _idle_faults(study: Study, sites: pd.DataFrame) -> Iterator[Fault]:
    """Sites that are forced open or closed and do not compete."""
    remedy = "Add it to candidates.sites; `siting check` says what is left out."
    forced = {key: set(sites.index) for key in ("limits.open", "limits.closed")}
    for place, site, _ in absent_names(study.to_mapping(), forced):
        problem = f"is {site!r}, which does not compete in this study"
        yield Fault("study", None, dotted(place), problem, remedy)


def _incomplete(
    catalogue: Catalogue, ids: tuple[str, ...], required: tuple[str, ...]
) -> dict[str, str]:
    """Candidates that lack an attribute, and which."""
    missing = {
        site: list(names) for site, names in missing_attributes(catalogue, required, ids).items()
    }
    unknown, zone_of = _unknown_of_zone(catalogue), catalogue.candidates["grid_zone"].to_dict()
    given = _given_of_zone(catalogue.candidates.loc[list(ids)])
    for site in ids:
        zone = zone_of[site]
        if zone not in unknown:
            missing.setdefault(site, []).append(f"grid zone {zone}")
            continue
        gaps = [name for name in unknown[zone] if name not in given[site]]
        if gaps:
            missing.setdefault(site, []).extend(f"{name} of grid zone {zone}" for name in gaps)
    return {site: "not known: " + ", ".join(names) for site, names in missing.items()}


@once_per_catalogue
def _unknown_of_zone(catalogue: Catalogue) -> dict[str, list[str]]:
    """Required figures that each grid zone lacks."""
    lacking = grid_table(catalogue)[list(REQUIRED_OF_ZONE)].astype(float).isna()
    return {
        str(zone): [name for name, gone in zip(REQUIRED_OF_ZONE, row, strict=True) if gone]
        for zone, row in zip(lacking.index, lacking.to_numpy().tolist(), strict=True)
    }


def _given_of_zone(sites: pd.DataFrame) -> dict[str, set[str]]:
    """Figures of the grid zone that the planner gives for each site."""
    columns = {
        "price_usd_per_mwh": ("price_usd_per_mwh",),
        "carbon_g_per_kwh": ("grid_carbon_g_per_kwh",),
        "water_l_per_kwh": ("grid_water_l_per_kwh",),
        "water_zero_hydro_l_per_kwh": ("grid_water_l_per_kwh",),
        "withdrawal_l_per_kwh": ("grid_withdrawal_l_per_kwh", "grid_water_l_per_kwh"),
    }
    files = {name: file for file, name in SERIES_OF.items()}
    has = {
        name: np.isfinite(by_month(sites, name)).all(axis=1)
        | np.array([text != "" for text in texts(sites, files.get(name, ""))], dtype=bool)
        for names in columns.values()
        for name in names
    }
    return {
        str(site): {key for key, names in columns.items() if any(has[name][i] for name in names)}
        for i, site in enumerate(sites.index)
    }


#: Attribute of a candidate with the zone of each source whose output is known by zones.
_ZONE_OF = {"hydro": "hydro_zone", "wind": "renewable_zone", "solar": "renewable_zone"}


def _offer_faults(study: Study, sites: pd.DataFrame, catalogue: Catalogue) -> Iterator[Fault]:
    """Quotes of contracts whose output nobody knows, and those that the study bars."""
    for source, column in _ZONE_OF.items():
        given = np.isfinite(figure(sites, f"ppa_{source}_usd_per_mwh"))
        if not given.any():
            continue
        quoted = sites[given]
        factor = figure(quoted, f"ppa_{source}_capacity_factor")
        profiled = quoted[column].isin(_profiled_zones(catalogue, source)).to_numpy()
        unknown = quoted[np.isnan(factor) & ~profiled]
        for site, zone in unknown[column].items():
            problem = f"is given, and no {source} profile of zone {zone} is known"
            remedy = f"Give ppa_{source}_capacity_factor beside it"
            key = f"sites.overrides.{site}.ppa_{source}_usd_per_mwh"
            own = site in study.sites.overrides
            place = "study" if own else "candidates.file"
            key = key if own else f"{site}, ppa_{source}_usd_per_mwh"
            yield Fault(place, None, key, problem, remedy)


def _profiled_zones(catalogue: Catalogue, source: str) -> pd.Index[str]:
    """Zones whose output of a source is known."""
    if source == "hydro":
        return catalogue.hydro_profiles.index.get_level_values("zone").unique()
    of_source = catalogue.renewable_profiles.xs(source, level="technology")
    return of_source.index.get_level_values("zone").unique()
