"""Generation by source of every grid zone, as shares that sum to one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tools.build_geodata.common import SourceRow
from tools.build_geodata.supply_inputs import read_input

__all__ = ["FUELS", "mixes", "provenance"]

FUELS = ("coal", "gas", "oil", "nuclear", "hydro", "wind", "solar", "biomass", "geothermal")
_OWID = "Our World in Data and Ember energy mix, as in codecarbon 3.3"
_EGRID = "US EPA eGRID2023 rev 2, subregions"
_CANADA = "Canada Energy Regulator provincial profiles, as in codecarbon 3.3"
_CHINA = "assumed provincial generation of China 2023"
_TYPED = "assumed generation or supply by zone 2023-2024"
#: A zone takes its country's mix only if both are about equally renewable and carbon-free.
_FALLBACK_TOLERANCE_POINTS = 10.0
_PROVINCES = {
    "AB": "alberta", "BC": "british columbia", "MB": "manitoba", "NB": "new brunswick",
    "NL": "newfoundland and labrador", "NS": "nova scotia", "NT": "northwest territories",
    "NU": "nunavut", "ON": "ontario", "PE": "prince edward island", "QC": "quebec",
    "SK": "saskatchewan", "YT": "yukon",
}  # fmt: skip


def mixes(zones: pd.DataFrame, carbon: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Shares of generation by zone; rows stay empty where no mix is known.

    Parameters
    ----------
    zones : pandas.DataFrame
        Columns zone, country.
    carbon : pandas.DataFrame
        Index zone; renewable_pct, carbon_free_pct, to judge whether a zone resembles its country.
    sources : pathlib.Path
        Folder of the raw sources.
    """
    countries = _countries(sources)
    own = pd.concat([_canada(sources), _united_states(sources), _typed()])
    part = zones["zone"].str.contains("-")
    national = _of_country(countries, zones[~part])
    modelled = _of_country(countries, zones[part & ~zones["zone"].isin(own.index)])
    modelled = modelled[_resembles(modelled, carbon.reindex(modelled.index))]
    modelled["mix_label"] = "modelled"
    return pd.concat([national, modelled, own]).dropna(subset=["hydro_share"])


def _of_country(countries: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    """The mix of each zone's country, index zone."""
    return countries.reindex(zones["country"].tolist()).set_axis(zones["zone"].tolist())


def _shares(amounts: pd.DataFrame) -> pd.DataFrame:
    """Shares of the nine sources; sources without a column are zero."""
    full = amounts.reindex(columns=list(FUELS), fill_value=0.0).astype(float).fillna(0.0)
    total = full.sum(axis=1)
    shares = full[total > 0].div(total[total > 0], axis=0)
    return shares.add_suffix("_share")


def _labelled(shares: pd.DataFrame, year: object, label: str, source: str) -> pd.DataFrame:
    labels = pd.DataFrame(index=shares.index)
    labels["mix_year"] = pd.Series(year, index=shares.index).astype("Int64")
    return shares.join(labels).assign(mix_label=label, mix_source=source)


def _countries(sources: Path) -> pd.DataFrame:
    raw = pd.read_json(sources / "carbon" / "codecarbon" / "global_energy_mix.json").T
    columns = {
        "coal_TWh": "coal", "gas_TWh": "gas", "oil_TWh": "oil", "nuclear_TWh": "nuclear",
        "hydroelectricity_TWh": "hydro", "wind_TWh": "wind", "solar_TWh": "solar",
        "biofuel_TWh": "biomass", "other_renewable_exc_biofuel_TWh": "geothermal",
    }  # fmt: skip
    shares = _shares(raw[list(columns)].rename(columns=columns))
    return _labelled(shares, raw["year"].reindex(shares.index), "measured", _OWID)


def _canada(sources: Path) -> pd.DataFrame:
    raw = pd.read_json(sources / "carbon" / "codecarbon" / "canada_energy_mix.json").T
    raw = raw.rename(columns={"naturalGas": "gas", "petroleum": "oil"})
    raw = raw.reindex(list(_PROVINCES.values())).set_axis([f"CA-{code}" for code in _PROVINCES])
    return _labelled(_shares(raw), 2021, "measured", _CANADA)


def _united_states(sources: Path) -> pd.DataFrame:
    """Mix of the eGRID subregions of a balancing area, weighted by their generation."""
    raw = pd.read_csv(sources / "carbon" / "egrid2023" / "egrid2023_subregions_from_master.csv")
    columns = {
        "SRCLPR": "coal", "SRGSPR": "gas", "SROLPR": "oil", "SRNCPR": "nuclear",
        "SRHYPR": "hydro", "SRWIPR": "wind", "SRSOPR": "solar", "SRBMPR": "biomass",
        "SRGTPR": "geothermal",
    }  # fmt: skip
    raw = raw.set_index("egrid_subregion").rename(columns=columns)
    amounts = raw[list(FUELS)].mul(raw["SRNGENAN"], axis=0)
    areas = read_input("us_zones").dropna(subset=["egrid_subregion"]).set_index("zone")
    summed = {zone: amounts.loc[names.split()].sum() for zone, names in areas.iloc[:, 0].items()}
    return _labelled(_shares(pd.DataFrame(summed).T), 2023, "derived", _EGRID)


def _typed() -> pd.DataFrame:
    china = _shares(read_input("china_mix").set_index("zone").drop(columns=["name", "total_twh"]))
    others = _shares(read_input("typed_mix").set_index("zone"))
    return pd.concat(
        [_labelled(china, 2023, "assumed", _CHINA), _labelled(others, 2024, "assumed", _TYPED)]
    )


def _resembles(mix: pd.DataFrame, carbon: pd.DataFrame) -> pd.Series:
    renewable = 100 * mix[[f"{f}_share" for f in FUELS[4:]]].sum(axis=1, skipna=False)
    carbon_free = renewable + 100 * mix["nuclear_share"]
    close = (renewable - carbon["renewable_pct"]).abs() <= _FALLBACK_TOLERANCE_POINTS
    return close & ((carbon_free - carbon["carbon_free_pct"]).abs() <= _FALLBACK_TOLERANCE_POINTS)


def provenance() -> list[SourceRow]:
    """Where the shares come from."""
    table, unit = "grid_zones.csv", "share of generation"
    return [
        SourceRow(table, "hydro_share", _OWID, "CC BY 4.0", "2021-2023", unit,
                  "country mix; for part of a country only where renewable and carbon-free shares "
                  "agree within 10 points", "measured|modelled"),
        SourceRow(table, "hydro_share", _CANADA, "OGL Canada, facts", "2021", unit,
                  "provincial mix", "measured"),
        SourceRow(table, "hydro_share", _EGRID, "US public domain", "2023", unit,
                  "subregions of a balancing area weighted by generation", "derived"),
        SourceRow(table, "hydro_share", _CHINA, "facts", "2023", unit,
                  "rounded, generation and not consumption; fossil share within 8 points (rms) of "
                  "what the official factors of 2023 imply, national hydropower 3 % and wind 7 % "
                  "below Ember",
                  "assumed"),
        SourceRow(table, "hydro_share", _TYPED, "facts", "2023-2024", unit,
                  "rounded; carbon-free share within 3.4 points of Electricity Maps 2024",
                  "assumed"),
    ]  # fmt: skip
