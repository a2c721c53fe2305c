"""Season of hydropower by zone, and how a dry and a wet year differ from a normal one.

The monthly shape is modelled run-off of PLEXOS-World, which knows no reservoirs and so
exaggerates the dry season. It is drawn towards flat by a damping factor d,

    shape[m] = 1 + d (raw[m] / mean(raw) - 1),

and scaled so that the mean over the days of the year is the annual capacity factor. Where
hourly generation is measured (US areas, 2022) the measured shape is used instead. Dry and wet
years are the 10th and 90th percentile of annual generation about its own local trend.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tools.build_geodata.common import SourceRow, write_csv
from tools.build_geodata.supply_inputs import (
    DAYS_IN_MONTH,
    MONTHS,
    irena_capacity_factor,
    read_input,
)

__all__ = ["build", "damped", "year_factors"]

_TABLE = "hydro_profiles.csv"
_PLEXOS = "PLEXOS-World 2015 monthly hydro profiles, as in OSeMOSYS Global"
_EIA_HOURLY = "US EIA-930 hourly generation by fuel, as in dc-rl"
_EIA_YEARS = "US EIA International, hydroelectricity 1980-2023"
_IRENA = "IRENA electricity statistics 2015-2023, as in OSeMOSYS Global"
_CHINA = "assumed hydropower of the Chinese provinces"
_EIA_AREAS = {
    "BPAT": "US-NW-BPAT", "CA": "US-CAL-CISO", "NYIS": "US-NY-NYIS", "PJM": "US-MIDA-PJM",
    "GA": "US-SE-SOCO", "IL": "US-MIDW-MISO",
}  # fmt: skip
_AREAS = {
    "FIN": ("FI",),
    "SWE": ("SE1", "SE2", "SE3", "SE4"),
    "NOR": ("NO1", "NO2", "NO3", "NO4", "NO5"),
}
#: A Chinese drought is a failed wet season: the missing water is spread by these weights.
_DROUGHT_BY_MONTH = np.array([0.5, 0.4, 0.4, 0.5, 0.8, 1.1, 1.3, 1.5, 1.5, 1.2, 0.9, 0.7])
_FIRST_YEAR = 1990
_WINDOW_YEARS = 12
_LEAST_YEARS = 15
_LEAST_TWH = 0.05


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write ``hydro_profiles.csv``: zone, month, capacity factor, dry and wet year factors."""
    generation = _annual_generation(sources)
    national = irena_capacity_factor(sources, "Renewable hydropower")
    national["CHE"] = _swiss_capacity_factor(sources, generation)
    years = year_factors(generation, _annual_capacity(sources))
    frames = [
        *_countries(sources, national, years),
        *_measured_areas(sources, national["USA"], years.loc[["USA"]]),
        *_chinese_provinces(sources),
    ]
    table = pd.concat(frames).sort_values(["zone", "month"])
    write_csv(table, out / _TABLE)
    return _provenance()


def damped(raw: np.ndarray, annual: float, damping: float) -> np.ndarray:
    """Monthly capacity factor with a given annual mean and a softened season.

    Parameters
    ----------
    raw : numpy.ndarray
        Shape (12,), any unit.
    annual : float
        Mean over the 365 days. [-]
    damping : float
        1 keeps the season of ``raw``, 0 makes it flat.
    """
    mean = np.average(raw, weights=DAYS_IN_MONTH)
    month = annual * (1 + damping * (raw / mean - 1))
    return _capped(month, annual)


def _capped(month: np.ndarray, annual: float) -> np.ndarray:
    """No month above 0.95: what is cut off is spread over the other months in proportion."""
    for _ in range(12):
        over = month > 0.95
        if not over.any():
            return month
        month = np.where(over, 0.95, month)
        left = annual * 365 - (month * DAYS_IN_MONTH)[over].sum()
        month[~over] *= left / (month * DAYS_IN_MONTH)[~over].sum()
    return month


def year_factors(generation: pd.DataFrame, capacity: pd.DataFrame) -> pd.DataFrame:
    """Dry and wet year of each country as a ratio to the trend of its own generation.

    Each year is compared with a straight line through the years around it (weights fall to
    zero six years away), the year itself left out, so that new dams do not count as weather.

    Parameters
    ----------
    generation, capacity : pandas.DataFrame
        Index ISO3, columns years. [TWh], [GW]. Where capacity is known, generation per
        capacity is used.

    Returns
    -------
    pandas.DataFrame
        Index ISO3; dry_year_factor (10th percentile), wet_year_factor (90th).
    """
    rows = {}
    for country in generation.index:
        series = generation.loc[[country]].iloc[0]
        values = series.dropna()
        if country in capacity.index:
            gw: pd.Series = capacity.loc[[country]].iloc[0]
            per_gw: pd.Series = values.div(gw)
            ratio = per_gw.replace([np.inf], np.nan).dropna()
            values = ratio if len(ratio) >= _LEAST_YEARS else values
        if len(values) >= _LEAST_YEARS and series.mean() >= _LEAST_TWH and (values > 0).all():
            ratios = values.to_numpy() / _trend(values.index.to_numpy(float), values.to_numpy())
            rows[country] = np.clip(np.quantile(ratios, [0.1, 0.9]), 0.4, 1.6)
    return pd.DataFrame(rows, index=["dry_year_factor", "wet_year_factor"]).T


def _trend(years: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Leave-one-out local line: tricube weights over half the window on each side."""
    distance = np.abs(years[:, None] - years[None, :]) / (_WINDOW_YEARS / 2)
    weights = np.clip(1 - distance**3, 0, None) ** 3
    np.fill_diagonal(weights, 0)
    fitted = np.empty_like(values)
    for i, weight in enumerate(weights):
        line = np.polyfit(years - years[i], values, 1, w=np.sqrt(weight))
        fitted[i] = line[1]
    return fitted


def _annual(path: Path, skip: int) -> pd.DataFrame:
    """One EIA table: index ISO3, columns years from 1990 on."""
    raw = pd.read_csv(path, skiprows=skip, encoding="utf-8-sig", dtype=str)
    code = raw["API"].str.extract(r"^INTL\.33-\d+-([A-Z]{3})-", expand=False)
    raw = raw[code.notna()].set_index(code.dropna().replace({"XKS": "XKX"}))
    years = [str(year) for year in range(_FIRST_YEAR, 2024)]
    table = raw[years].apply(pd.to_numeric, errors="coerce")
    table.columns = pd.Index([int(year) for year in years])
    kept: pd.DataFrame = table.loc[~table.index.duplicated()]
    return kept


def _annual_generation(sources: Path) -> pd.DataFrame:
    return _annual(sources / "hydro" / "eia_hydro_annual_generation_world.csv", skip=1)


def _annual_capacity(sources: Path) -> pd.DataFrame:
    return _annual(sources / "hydro" / "eia_hydro_annual_capacity_europe.csv", skip=2)


def _swiss_capacity_factor(sources: Path, generation: pd.DataFrame) -> float:
    """Swiss generation over the capacity of its dams and river plants.

    IRENA and EIA book most Swiss reservoirs as pumped storage and so reach 0.96.
    """
    plants = pd.read_csv(sources / "hydro" / "jrc_hydro_power_plants.csv.gz")
    natural = plants[(plants["country_code"] == "CH") & (plants["type"] != "HPHS")]
    mean_twh = generation.loc[["CHE"], list(range(2015, 2024))].to_numpy(float).mean()
    return float(mean_twh / natural["installed_capacity_MW"].sum() / 8760 * 1e6)


def _frame(zone: str, month: np.ndarray, **columns: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"zone": zone, "month": MONTHS, "capacity_factor": month})
    return frame.assign(**columns)


def _countries(sources: Path, national: pd.Series, years: pd.DataFrame) -> list[pd.DataFrame]:
    """Every country with a shape, an annual capacity factor and enough years."""
    path = sources / "hydro" / "plexos_monthly_cf_by_country_unweighted.csv"
    raw = pd.read_csv(path, index_col="country")[[f"M{m}" for m in MONTHS]]
    damping = read_input("hydro_damping").set_index("zone")["damping"].astype(float)
    frames = []
    for country in sorted(set(raw.index) & set(national.index) & set(years.index)):
        factor = float(damping.get(country, damping["*"]))
        month = damped(raw.loc[country].to_numpy(float), national[country], factor)
        dry, wet = years.loc[country]
        frame = _frame(
            country, month, dry_year_factor=dry, wet_year_factor=wet, damping=factor,
            label="modelled", source=_PLEXOS,
        )  # fmt: skip
        frames += [frame.assign(zone=zone) for zone in (country, *_AREAS.get(country, ()))]
    return frames


def _measured_areas(sources: Path, annual: float, years: pd.DataFrame) -> list[pd.DataFrame]:
    """US areas: measured shape of 2022, national capacity factor and year factors."""
    frames = []
    dry, wet = years.iloc[0]
    for name, zone in _EIA_AREAS.items():
        path = sources / "carbon" / "us_ba_hourly_eia" / f"{name}_NG_and_avgCI.csv.gz"
        table = pd.read_csv(path, index_col=0)
        month = pd.to_datetime(table.index, utc=True).month
        shape = table["WAT"].groupby(month).mean().to_numpy(float)
        frames.append(
            _frame(zone, damped(shape, annual, 1.0), dry_year_factor=dry,
                   wet_year_factor=wet, damping=1.0, label="measured",
                   source=_EIA_HOURLY)
        )  # fmt: skip
    return frames


def _chinese_provinces(sources: Path) -> list[pd.DataFrame]:
    """Provinces: shape of their own plants, assumed damping, annual figures and droughts."""
    path = sources / "hydro" / "plexos_china_province_named_plants.csv"
    raw = pd.read_csv(path, index_col="province_in_name")[[f"M{m}" for m in MONTHS]]
    frames = []
    for row in read_input("hydro_seasons").to_dict("records"):
        shape = raw.loc[[row["shape_from"]]].to_numpy(float)[0]
        month = damped(shape, row["capacity_factor"], row["damping"])
        frames.append(
            _frame(row["zone"], month, dry_year_factor=_drought(month, row["dry_year"]),
                   wet_year_factor=row["wet_year"], damping=row["damping"], label="assumed",
                   source=_CHINA)
        )  # fmt: skip
    return frames


def _drought(month: np.ndarray, annual_factor: float) -> np.ndarray:
    """Monthly factors whose generation-weighted mean is the annual factor."""
    weight = month * DAYS_IN_MONTH
    pattern = _DROUGHT_BY_MONTH / np.average(_DROUGHT_BY_MONTH, weights=weight)
    return np.asarray(1 - (1 - annual_factor) * pattern)


def _provenance() -> list[SourceRow]:
    return [
        SourceRow(_TABLE, "capacity_factor", _PLEXOS, "MIT, CC BY 4.0", "2015 model, 15 years",
                  "-", "monthly shape damped towards flat for storage and scaled to the annual "
                  "capacity factor", "modelled"),
        SourceRow(_TABLE, "capacity_factor", _EIA_HOURLY, "US public domain, MIT", "2022", "-",
                  "measured monthly shape, national annual capacity factor", "measured"),
        SourceRow(_TABLE, "capacity_factor", _IRENA, "free with attribution", "2017-2022", "-",
                  "annual level, renewable hydropower", "derived"),
        SourceRow(_TABLE, "capacity_factor", "JRC hydro-power database", "CC BY 4.0", "2020", "-",
                  "annual level of Switzerland: EIA generation over non-pumped capacity",
                  "derived"),
        SourceRow(_TABLE, "capacity_factor", _CHINA, "facts", "2019-2023", "-",
                  "annual level (range 0.85 to 1.15 of it; 4 % below IRENA over all), damping "
                  "(range about 0.15 either way) and shape by province",
                  "assumed"),
        SourceRow(_TABLE, "dry_year_factor", _EIA_YEARS, "US public domain", "1990-2023", "-",
                  "10th percentile of annual generation over its local trend", "derived"),
        SourceRow(_TABLE, "wet_year_factor", _EIA_YEARS, "US public domain", "1990-2023", "-",
                  "90th percentile of annual generation over its local trend", "derived"),
        SourceRow(_TABLE, "dry_year_factor", _CHINA, "facts", "2022-2023", "-",
                  "provinces, concentrated in the wet season; range 0.1 either way", "assumed"),
    ]  # fmt: skip
