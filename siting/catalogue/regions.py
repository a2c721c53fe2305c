"""Regions and groups of countries by the names that planners use, and what each holds.

A region is what its name means to a planner, not the whole of a continent: ``europe`` is without
Russia, Turkey and the Caucasus, ``north_america`` is Canada, Mexico and the United States. What a
region leaves out is asked for by its country. Sanctions and export rules are the planner's to
state, by ``exclude_countries``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.catalogue.model import REGIONS

__all__ = ["COUNTRY_GROUPS", "LEFT_OUT", "MARKETS", "NAMES", "countries_in", "places_in"]

_EU = (
    "AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ITA LTU LUX LVA MLT NLD POL PRT "
    "ROU SVK SVN SWE"
)
_EUROPE_IN_NATO = (
    "ALB BEL BGR CZE DEU DNK ESP EST FIN FRA GBR GRC HRV HUN ISL ITA LTU LUX LVA MKD MNE NLD NOR "
    "POL PRT ROU SVK SVN SWE TUR"
)
_OECD = (
    "AUS AUT BEL CAN CHE CHL COL CRI CZE DEU DNK ESP EST FIN FRA GBR GRC HUN IRL ISL ISR ITA JPN "
    "KOR LTU LUX LVA MEX NLD NOR NZL POL PRT SVK SVN SWE TUR USA"
)

#: Members of each group, ISO 3166-1 alpha-3: states parties as their treaty organisations list
#: them, of 2024 (European Union; European Economic Area, EFTA; NATO with Sweden; OECD).
COUNTRY_GROUPS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "eu": frozenset(_EU.split()),
        "eea": frozenset(_EU.split()) | {"ISL", "LIE", "NOR"},
        "nato": frozenset(_EUROPE_IN_NATO.split()) | {"CAN", "USA"},
        "oecd": frozenset(_OECD.split()),
        "usa": frozenset({"USA"}),
        "north_america": frozenset({"CAN", "MEX", "USA"}),
    }
)
#: Countries that the rest of a region is meant without, though the catalogue puts them there.
LEFT_OUT: Mapping[str, frozenset[str]] = MappingProxyType(
    {"europe": frozenset({"RUS", "TUR", "ARM", "AZE", "GEO"})}
)
#: Electricity markets of North America, by the grid zones that they run.
MARKETS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "pjm": frozenset({"US-MIDA-PJM"}),
        "ercot": frozenset({"US-TEX-ERCO"}),
        "miso": frozenset({"US-MIDW-MISO"}),
        "spp": frozenset({"US-CENT-SWPP"}),
        "caiso": frozenset({"US-CAL-CISO"}),
        "nyiso": frozenset({"US-NY-NYIS"}),
        "isone": frozenset({"US-NE-ISNE"}),
        "ieso": frozenset({"CA-ON"}),
        "aeso": frozenset({"CA-AB"}),
    }
)
#: Every name that ``candidates.region`` may give.
NAMES = REGIONS | COUNTRY_GROUPS.keys() | MARKETS.keys()


def places_in(places: pd.DataFrame, names: Iterable[str]) -> NDArray[np.bool_]:
    """Places that lie in any of some regions, groups of countries, markets or grid zones.

    Parameters
    ----------
    places : DataFrame
        With ``country`` and ``region``, and ``grid_zone`` where a market is asked for.
    names : iterable of str
        Of :data:`NAMES`, or grid zones.

    Returns
    -------
    ndarray of bool, shape (n,)
        None where no name is given.
    """
    inside = np.zeros(len(places), dtype=bool)
    for name in names:
        if name in COUNTRY_GROUPS:
            inside |= places["country"].isin(COUNTRY_GROUPS[name]).to_numpy()
        elif name in MARKETS:
            inside |= places["grid_zone"].isin(MARKETS[name]).to_numpy()
        elif name not in REGIONS:
            inside |= places["grid_zone"].eq(name).to_numpy()
        else:
            outside = places["country"].isin(LEFT_OUT.get(name, frozenset()))
            inside |= (places["region"].eq(name) & ~outside).to_numpy()
    return inside


def countries_in(regions: pd.Series, names: Iterable[str]) -> frozenset[str]:
    """Countries of some regions and groups.

    Parameters
    ----------
    regions : Series
        Region of each country, indexed by ISO code.
    names : iterable of str
        Of :data:`NAMES`; markets hold no whole country.
    """
    table = pd.DataFrame({"country": regions.index, "region": regions.to_numpy()})
    whole = [name for name in names if name not in MARKETS]
    return frozenset(table.loc[places_in(table, whole), "country"])
