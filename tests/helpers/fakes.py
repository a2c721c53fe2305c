"""Placements that were never solved, for tests of what a planner gets to see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from siting.config import study_from_mapping
from siting.placement import Placement
from siting.status import Status


def sentences(said: list[str]) -> Callable[[object], None]:
    """Receiver of ``progress`` that keeps the sentences alone."""

    def tell(now: object) -> None:
        if isinstance(now, str):
            said.append(now)

    return tell


HOSTILE = "<img src=x onerror=alert(1)>"

#: id: name, country, lat, lon, design, IT MW
NORDIC = {
    "lulea": ("Luleå", "SWE", 65.58, 22.15, "air_economizer", 120.0),
    "kirkenes": ("Kirkenes", "NOR", 69.73, 30.05, "sea_water", 45.0),
    "tromso": ("Tromsø", "NOR", 69.65, 18.96, "sea_water", 60.0),
    "reykjavik": ("Reykjavík", "ISL", 64.15, -21.94, "air_economizer", 80.0),
    "kajaani": ("Kajaani", "FIN", 64.23, 27.73, "dry_cooler_liquid", 150.0),
}
EUROPE = {
    "lulea": NORDIC["lulea"],
    "dublin": ("Dublin", "IRL", 53.35, -6.26, "air_economizer", 75.0),
    "orkney": ("Orkney", "GBR", 58.98, -2.96, "subsea_pod", 24.0),
    "geneva": ("Genève", "CHE", 46.2, 6.14, "lake_water", 60.0),
    "frankfurt": ("Frankfurt am Main", "DEU", 50.11, 8.68, "indirect_evaporative", 140.0),
    "madrid": ("Madrid", "ESP", 40.42, -3.7, "adiabatic_liquid", 90.0),
}
CHINA = {
    "guiyang": ("Guiyang", "CHN", 26.65, 106.63, "air_economizer", 300.0),
    "guian": ("Gui'an", "CHN", 26.4, 106.45, "indirect_evaporative", 180.0),
    "yaan": ("Ya'an", "CHN", 30.0, 103.0, "water_economizer", 150.0),
    "kunming": ("Kunming", "CHN", 25.04, 102.72, "air_evaporative", 110.0),
    "qiandao": ("Qiandao Lake", "CHN", 29.6, 119.0, "lake_water", 90.0),
    "dongjiang": ("Dongjiang Lake", "CHN", 25.9, 113.3, "lake_water", 75.0),
    "lingshui": ("Lingshui", "CHN", 18.5, 110.05, "subsea_pod", 30.0),
    "ulanqab": ("Ulanqab", "CHN", 41.0, 113.1, "air_economizer", 220.0),
}
WORLD = {
    "lulea": ("Luleå", "SWE", 65.58, 22.15, "air_economizer", 320.0),
    "reykjavik": NORDIC["reykjavik"],
    "oslo": ("Oslo", "NOR", 59.91, 10.75, "dry_cooler_liquid", 140.0),
    "dublin": EUROPE["dublin"],
    "frankfurt": EUROPE["frankfurt"],
    "madrid": EUROPE["madrid"],
    "geneva": EUROPE["geneva"],
    "orkney": EUROPE["orkney"],
    "guiyang": CHINA["guiyang"],
    "qiandao": CHINA["qiandao"],
    "lingshui": CHINA["lingshui"],
    "tokyo": ("Tokyo", "JPN", 35.68, 139.69, "tower_liquid", 160.0),
    "singapore": ("Singapore", "SGP", 1.35, 103.82, "absorption_trigen", 110.0),
    "mumbai": ("Mumbai", "IND", 19.08, 72.88, "air_chiller", 210.0),
    "ashburn": ("Ashburn", "USA", 39.04, -77.49, "water_economizer", 280.0),
    "quebec": ("Québec", "CAN", 46.81, -71.21, "air_economizer", 190.0),
    "dalles": ("The Dalles", "USA", 45.6, -121.18, "air_evaporative", 130.0),
    "toronto": ("Toronto", "CAN", 43.65, -79.38, "lake_water", 95.0),
    "sao_paulo": ("São Paulo", "BRA", -23.55, -46.63, "indirect_evaporative", 120.0),
    "sydney": ("Sydney", "AUS", -33.87, 151.21, "air_evaporative", 70.0),
}
CITIES = {
    "london": ("London", "GBR", 51.51, -0.13, 9.0),
    "paris": ("Paris", "FRA", 48.86, 2.35, 10.0),
    "berlin": ("Berlin", "DEU", 52.52, 13.4, 4.0),
    "rome": ("Rome", "ITA", 41.9, 12.5, 4.0),
    "warsaw": ("Warsaw", "POL", 52.23, 21.01, 3.0),
    "athens": ("Athens", "GRC", 37.98, 23.73, 3.0),
    "lisbon": ("Lisbon", "PRT", 38.72, -9.14, 3.0),
    "stockholm": ("Stockholm", "SWE", 59.33, 18.07, 2.0),
    "beijing": ("Beijing", "CHN", 39.9, 116.4, 19.0),
    "shanghai": ("Shanghai", "CHN", 31.23, 121.47, 22.0),
    "shenzhen": ("Shenzhen", "CHN", 22.54, 114.06, 16.0),
    "chengdu": ("Chengdu", "CHN", 30.57, 104.07, 12.0),
    "wuhan": ("Wuhan", "CHN", 30.59, 114.31, 9.0),
    "tromso_city": ("Tromsø", "NOR", 69.65, 18.96, 1.0),
    "rovaniemi": ("Rovaniemi", "FIN", 66.5, 25.73, 1.0),
    "trondheim": ("Trondheim", "NOR", 63.43, 10.39, 1.0),
    "tokyo": ("Tokyo", "JPN", 35.68, 139.69, 25.0),
    "delhi": ("Delhi", "IND", 28.61, 77.21, 20.0),
    "new_york": ("New York", "USA", 40.71, -74.01, 18.0),
    "los_angeles": ("Los Angeles", "USA", 34.05, -118.24, 13.0),
    "mexico": ("Mexico City", "MEX", 19.43, -99.13, 12.0),
    "lagos": ("Lagos", "NGA", 6.52, 3.38, 8.0),
    "cairo": ("Cairo", "EGY", 30.04, 31.24, 9.0),
    "jakarta": ("Jakarta", "IDN", -6.21, 106.85, 11.0),
    "santiago": ("Santiago", "CHL", -33.45, -70.67, 5.0),
    "auckland": ("Auckland", "NZL", -36.85, 174.76, 2.0),
    "honolulu": ("Honolulu", "USA", 21.31, -157.86, 1.0),
}
EUROPEAN = ("london", "paris", "berlin", "rome", "warsaw", "athens", "lisbon", "stockholm")
CHINESE = ("beijing", "shanghai", "shenzhen", "chengdu", "wuhan")
ARCTIC = ("tromso_city", "rovaniemi", "trondheim")


def fake_placement(
    sites: dict[str, tuple[Any, ...]],
    demand: tuple[str, ...],
    *,
    name: str = "fake",
    status: Status = Status.OPTIMAL,
    gap: float = 0.0005,
    audit: dict[str, Any] | None = None,
    candidates: int = 40,
) -> Placement:
    """A placement of given sites that serve given cities, in made-up figures."""
    table = _sites(sites)
    cities = _demand(demand, float(table["it_mw"].sum()))
    metrics = ["energy_mwh", "carbon_t_co2e", "water_m3", "water_withdrawal_m3",
               "water_scarcity_m3", "cost_usd"]  # fmt: skip
    totals = {metric: float(table[metric].sum()) for metric in metrics}
    return Placement(
        study=_study(name),
        status=status,
        objective=1.0,
        bound=1.0 - gap,
        gap=gap,
        metrics=totals,
        other_conventions={"water_m3_hydro_zero": 0.4 * totals["water_m3"]},
        sites=table,
        flows=_flows(table, cities),
        supply=_supply(table),
        demand=cities,
        candidates=_candidates(table, candidates),
        left_out={"muluku": "no grid zone", "nowhere": "no weather station within 300 km"},
        payoff={"energy_mwh": {"best": 1.0e6, "nadir": 1.4e6, "gap": 0.0}},
        screened={"candidates": 60, "pairs": 300},
        seconds={"build": 1.25, "solve": 12.5},
        versions={"siting": "0.1.0", "pulp": "4.2"},
        seed=7,
        catalogue_sha256="ab" * 32,
        audit=audit,
        monthly=_monthly(table),
        provenance=pd.DataFrame(
            [(site, "elevation_m", "12", "measured", "A survey") for site in table.index],
            columns=["site", "attribute", "value", "label", "source"],
        ),
    )


def _monthly(sites: pd.DataFrame) -> pd.DataFrame:
    rows = [
        (site, month, row["pue"] + 0.01 * (month in {6, 7, 8}), 0.1 * month, 50.0 + month, -5.0)
        for site, row in sites.iterrows()
        for month in range(1, 13)
    ]
    columns = ["site", "month", "pue", "wue_l_per_kwh", "grid_carbon_g_per_kwh", "temp_dry_bulb_c"]
    return pd.DataFrame(rows, columns=columns)


def _study(name: str) -> Any:
    workloads = [
        {"name": "inference", "it_mw": 70, "max_rtt_ms": 60},
        {"name": "training", "it_mw": 30, "max_rtt_ms": None},
    ]
    return study_from_mapping(
        {
            "name": name,
            "description": "Where should it stand?",
            "candidates": {"kinds": ["arctic", "hub"]},
            "demand": {"regions": "europe", "workloads": workloads},
        }
    )


def _sites(sites: dict[str, tuple[Any, ...]]) -> pd.DataFrame:
    columns = ["name", "country", "lat", "lon", "design", "it_mw"]
    table = pd.DataFrame.from_dict(sites, orient="index", columns=columns)
    mwh = table["it_mw"] * 8760 * 1.12
    return table.assign(
        modules=(table["it_mw"] // 10 + 1).astype(int),
        block_mw=10.0,
        installed_mw=(table["it_mw"] // 10 + 1) * 10.0,
        pue=np.linspace(1.05, 1.25, len(table)),
        pue_peak=1.4,
        wue_l_per_kwh=np.linspace(0.0, 1.1, len(table)),
        free_cooling_hours=7000.0,
        climate="measured",
        grid_carbon="ZONE (measured)",
        energy_mwh=mwh,
        carbon_t_co2e=mwh * 0.08,
        water_m3=mwh * 0.9,
        water_withdrawal_m3=mwh * 2.9,
        water_scarcity_m3=mwh * 8.0,
        cost_usd=mwh * 60.0,
        hydro_contract_mw=table["it_mw"] * 0.8,
        binding="max_share_per_site",
    )


def _demand(ids: tuple[str, ...], load: float) -> pd.DataFrame:
    columns = ["name", "country", "lat", "lon", "weight"]
    rows = {city: CITIES[city] for city in ids}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.assign(it_mw=load * table["weight"] / table["weight"].sum()).drop(columns="weight")


def _flows(sites: pd.DataFrame, demand: pd.DataFrame) -> pd.DataFrame:
    """Each city from its three nearest sites in degrees, two workloads."""
    rows = []
    for city, place in demand.iterrows():
        away = np.hypot(sites["lat"] - place["lat"], sites["lon"] - place["lon"])
        for rank, site in enumerate(away.nsmallest(3).index):
            for workload, share in (("inference", 0.7), ("training", 0.3)):
                mw = place["it_mw"] * share * (0.6, 0.3, 0.1)[rank]
                rows.append((workload, city, site, mw, 20.0 + away[site]))
    columns = ["workload", "demand", "site", "it_mw", "rtt_ms"]
    return pd.DataFrame(rows, columns=columns).assign(rtt_label="modelled")


def _supply(sites: pd.DataFrame) -> pd.DataFrame:
    shares = {"grid": 0.3, "hydro": 0.5, "wind": 0.2}
    rows = [
        (site, source, t, 91.25, row["it_mw"] * share)
        for site, row in sites.iterrows()
        for source, share in shares.items()
        for t in range(96)
    ]
    return pd.DataFrame(rows, columns=["site", "source", "slice", "hours", "mw"])


def _candidates(sites: pd.DataFrame, count: int) -> pd.DataFrame:
    own = sites[["name", "country", "lat", "lon"]].assign(kinds="hub", is_open=True)
    random = np.random.default_rng(1)
    pick = sites.iloc[random.integers(0, len(sites), count)]
    others = pd.DataFrame(
        {
            "name": [f"Other {i}" for i in range(count)],
            "country": "XXX",
            "lat": (pick["lat"] + random.normal(0, 4, count)).clip(-80, 80).to_numpy(),
            "lon": (pick["lon"] + random.normal(0, 7, count)).clip(-179, 179).to_numpy(),
            "kinds": "arctic",
            "is_open": False,
        },
        index=[f"other_{i}" for i in range(count)],
    )
    table = pd.concat([own, others])
    return table.assign(
        grid_carbon_g_per_kwh=np.linspace(20.0, 700.0, len(table)),
        scarcity_factor=np.geomspace(0.2, 90.0, len(table)),
        free_cooling_hours=np.linspace(900.0, 8760.0, len(table)),
        mean_dry_bulb_c=7.5,
    )
