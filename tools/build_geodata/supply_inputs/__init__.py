"""Small hand-made tables that the supply builders need, each row open to question and change.

``technologies``   which published row stands for which generator, withdrawal and prices
``countries``      ISO 3166-1 alpha-2 to alpha-3
``us_zones``       US balancing area to eGRID subregions and states
``china_mix``      generation by source of the Chinese provinces, 2023, assumed
``typed_mix``      generation by source of zones that no open table covers, assumed
``typed_prices``   industrial tariffs of such zones, assumed
``hydro_seasons``  hydropower of the Chinese provinces: season, damping, dry and wet year
``hydro_damping``  how far reservoirs flatten the natural season elsewhere
``hydro_types``    kind of hydropower plants outside Europe, from GloHydroRes
``typed_levels``   wind and solar where the IRENA table is in error, with their range
``china_hours``    hours of use of wind and solar by Chinese province, assumed
``wind_fleets``    measured fleets whose months a country takes
``us_fleet_areas``  balancing areas whose hours of wind and solar stand for a US state
``announced_campuses``  campuses that sources name, above the share of the plants around
``ren_water``      water of electricity outside the United States by Li, Ren et al., to compare
``wind_seasons``   months of wind where no fleet is measured and stations mislead, assumed
``policy``         limits by jurisdiction
``irena_names``    names in the IRENA table that differ from everybody else's
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["DAYS_IN_MONTH", "MONTHS", "country_codes", "irena_capacity_factor", "read_input"]

#: Days of the twelve months of the 365-day year.
DAYS_IN_MONTH = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
MONTHS = range(1, 13)
_FOLDER = Path(__file__).resolve().parent


def read_input(name: str) -> pd.DataFrame:
    """One of the tables of this folder; the code ``NA`` of Namibia is text, an empty cell NaN."""
    return pd.read_csv(_FOLDER / f"{name}.csv", keep_default_na=False, na_values=[""])


def country_codes() -> dict[str, str]:
    """ISO 3166-1 alpha-2 code to alpha-3."""
    table = read_input("countries")
    return dict(zip(table["iso2"], table["iso3"], strict=True))


def irena_capacity_factor(sources: Path, technology: str) -> pd.Series:
    """Mean capacity factor of one technology, 2017 to 2022, by ISO3 country.

    Countries without a year of plausible data are absent.
    """
    table = pd.read_csv(sources / "renewables" / "irena_country_cf_mean_last7.csv")
    chosen = table[(table["tech"] == technology) & table["mean"].notna()]
    code = chosen["country"].map(_irena_codes(sources))
    known = chosen.assign(iso3=code).dropna(subset=["iso3"]).drop_duplicates("iso3")
    return known.set_index("iso3")["mean"].astype(float).sort_index()


def _irena_codes(sources: Path) -> dict[str, str]:
    """Country name as IRENA writes it to ISO3."""
    mixes = pd.read_json(sources / "carbon" / "codecarbon" / "global_energy_mix.json").T
    names = dict(zip(mixes["country_name"], mixes["iso_code"], strict=True))
    plain = {f"{name} (the)": code for name, code in names.items()}
    odd = read_input("irena_names")
    return {**names, **plain, **dict(zip(odd["irena"], odd["iso3"], strict=True))}
