"""Water of hydropower by country, from the published water factors of whole grids.

WRI publishes the water consumed to make a country's electricity. What its other plants consume is
subtracted, and what is left belongs to its hydropower:

    h = (published - Σ share · factor of every other source) / share of hydropower

That is evaporation of reservoirs as WRI shares it between power and other uses. Where hydropower
gives less than a tenth of the electricity, the difference says more about the thermal plants than
about dams; such countries, and those without a published factor, have the median of the others.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tools.build_geodata.common import SourceRow
from tools.build_geodata.supply_inputs import read_input

__all__ = ["SHARE_RESOLVED", "hydro_water", "plant_types", "plant_water", "provenance"]

#: Least share of hydropower from which its water can be told from that of other plants; assumed.
SHARE_RESOLVED = 0.1
#: Regions of cloud providers in ``spruce_wcf.csv`` that give WRI's factor of an eGRID subregion.
_EGRID_OF = {
    "us-west-1": "CAMX", "us-west-2": "NWPP", "westcentralus": "RMPA",
}  # fmt: skip
_WRI = "WRI water consumption factors by country, as in ecologits 0.11"
_WRI_US = "WRI water consumption factors by eGRID subregion, as in spruce"
_ZONES, _PLANTS = "grid_zones.csv", "hydro_plants.csv"
#: Run-of-river, in the words of the JRC database.
_RIVER = "HROR"
#: Types of GloHydroRes in the same words; what also pumps has a reservoir.
_TYPE_OF = {"ROR": _RIVER, "Canal": _RIVER, "STO": "HDAM", "PS": "HDAM"}
_TYPES = "GloHydroRes v1 (Shah et al. 2025, doi:10.5281/zenodo.14526360)"


def hydro_water(zones: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Water of hydropower and of the grid of each zone, by country.

    Parameters
    ----------
    zones : DataFrame
        zone, country, hydro_share, water_zero_hydro_l_per_kwh, water_wri_l_per_kwh.
    sources : Path
        Folder of the raw sources.

    Returns
    -------
    DataFrame
        hydro_water_l_per_kwh, hydro_water_label and water_country_l_per_kwh, index as given.
        [L/kWh] The last is WRI's own figure for a whole country that has one.
    """
    whole = ~zones["zone"].str.contains("-")
    implied = _implied(zones["water_wri_l_per_kwh"], zones)
    by_country = implied[whole].set_axis(zones.loc[whole, "country"]).dropna()
    by_country = by_country.drop("USA", errors="ignore")
    usual = float(by_country.median())
    own = zones["country"].map(by_country).fillna(_united_states(zones, sources))
    factor = own.fillna(usual)
    bottom_up = zones["water_zero_hydro_l_per_kwh"] + zones["hydro_share"] * factor
    published = zones["water_wri_l_per_kwh"].where(whole)
    return pd.DataFrame(
        {
            "hydro_water_l_per_kwh": factor,
            "hydro_water_label": np.where(own.notna(), "derived", "assumed"),
            "water_country_l_per_kwh": published.fillna(bottom_up),
        }
    )


def _implied(published: pd.Series, zones: pd.DataFrame) -> pd.Series:
    """Water of hydropower that a published factor leaves; missing where it is not resolved."""
    resolved = zones["hydro_share"] >= SHARE_RESOLVED
    left = (published - zones["water_zero_hydro_l_per_kwh"]) / zones["hydro_share"]
    return left.clip(lower=0.0).where(resolved)


def _united_states(zones: pd.DataFrame, sources: Path) -> pd.Series:
    """Return the same by eGRID subregion, for the balancing areas that lie in a single one."""
    table = pd.read_csv(sources / "water" / "spruce_wcf.csv", comment="#")
    published = table.drop_duplicates("region").set_index("region")["wcf"]
    of_subregion = {name: published[region] for region, name in _EGRID_OF.items()}
    areas = read_input("us_zones").set_index("zone")["egrid_subregion"]
    subregion = zones["zone"].map(areas)
    implied = _implied(subregion.map(of_subregion), zones)
    # Areas of one subregion have its mix, or one of their own where only the factor carries over.
    each = implied.groupby(subregion).median()
    return subregion.map(each)


def plant_types(plants: pd.DataFrame) -> pd.Series:
    """Type of each plant: that of the JRC database, else that of GloHydroRes, else missing.

    Parameters
    ----------
    plants : DataFrame
        id and type.
    """
    known = read_input("hydro_types").set_index("plant")["type"].map(_TYPE_OF)
    return plants["type"].fillna(plants["id"].map(known))


def plant_water(plants: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    """Water of each plant: none of a run-of-river plant, the country's kept by its reservoirs.

    Parameters
    ----------
    plants : DataFrame
        Country (ISO3), type and mw.
    zones : DataFrame
        The grid zones with their ``hydro_water_l_per_kwh``.

    Returns
    -------
    DataFrame
        kind (river, reservoir, or missing), water_l_per_kwh and water_high_l_per_kwh. [L/kWh]
        Reservoirs of a country whose types are known carry what its run-of-river plants do not.
        Plants of unknown type have the country's mean: none if they are run-of-river, and up to the
        high value, the mean over the share of reservoirs in all plants of known type, if they are
        not. Missing where the country has no zone.
    """
    by_country = zones.groupby("country")["hydro_water_l_per_kwh"].median()
    mean = plants["country"].map(by_country)
    typed, river = plants["type"].notna(), plants["type"] == _RIVER
    by, mw = plants["country"], plants["mw"]
    known_mw = mw.where(typed, 0.0).groupby(by).transform("sum")
    river_mw = mw.where(river, 0.0).groupby(by).transform("sum")
    at_dams = 1.0 - (river_mw / known_mw.where(known_mw > 0)).fillna(0.0)
    dam = (mean / at_dams.where(at_dams > 0)).fillna(mean)
    water = pd.Series(np.where(river, 0.0, np.where(typed, dam, mean)), index=plants.index)
    everywhere = 1.0 - mw[river].sum() / mw[typed].sum()
    return pd.DataFrame(
        {
            "kind": pd.Series(np.where(river, "river", "reservoir"), plants.index).where(typed),
            "water_l_per_kwh": water,
            "water_high_l_per_kwh": water.where(typed, mean / everywhere),
        }
    )


def provenance() -> list[SourceRow]:
    """Where the water of hydropower comes from."""
    left = (
        "what WRI's factor leaves for hydropower after the other plants, over its share, where "
        f"that is {SHARE_RESOLVED:.0%} or more"
    )
    return [
        SourceRow(_ZONES, "hydro_water_l_per_kwh", f"{_WRI}; {_WRI_US}", "CC BY 4.0", "2020",
                  "L/kWh", f"{left}; elsewhere the median of those, assumed within 0 to 68",
                  "derived|assumed"),
        SourceRow(_ZONES, "water_country_l_per_kwh", _WRI, "CC BY 4.0", "2020", "L/kWh",
                  "WRI's figure of a whole country that has one; else the mix with the water of "
                  "hydropower by country", "derived|modelled"),
        SourceRow(_PLANTS, "kind", f"JRC hydro-power database; {_TYPES}", "CC BY 4.0",
                  "about 2013-2024", "-", "river (run-of-river and canals) or reservoir, in Europe "
                  "and Canada; elsewhere not known", "derived"),
        SourceRow(_PLANTS, "water_l_per_kwh", f"{_WRI}; kind of the plant",
                  "CC BY 4.0", "2020", "L/kWh", "run-of-river 0, reservoirs what keeps the "
                  "country's mean, unknown kind that mean", "modelled|assumed"),
        SourceRow(_PLANTS, "water_high_l_per_kwh", f"{_WRI}; kind of the plant",
                  "CC BY 4.0", "2020", "L/kWh", "of a plant of unknown kind were it a reservoir: "
                  "the mean over the share of reservoirs in all plants of known kind", "assumed"),
    ]  # fmt: skip
