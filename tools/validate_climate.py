"""Validation of the climate tables: ``python -m tools.validate_climate --sources DIR``.

Prints the tables of ``docs/validation/climate.md``. Needs the raw sources, because it compares
with the hours that the tables were made from and with series that were left out of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from siting.arrays import FloatArray, IntArray
from siting.catalogue.climate import LAPSE_K_PER_KM
from siting.catalogue.stations import monthly_means, representative_days, step_frame
from siting.catalogue.weather import WeatherLibrary
from siting.catalogue.weather_steps import Weather
from siting.geo import bilinear
from siting.physics.psychrometrics import wet_bulb
from tools.build_geodata.climate_readers import read_all
from tools.build_geodata.climate_series import StationSeries
from tools.build_geodata.lake_model import Lakes, Settings, monthly_profiles
from tools.build_geodata.water_bodies import equilibrium_temperature
from tools.climate_hold_out import REACH_KM, HeldOut, blind, held_back, quantiles, rms, tune

__all__ = ["main"]


def _wet(dry: FloatArray, dew: FloatArray, pressure: FloatArray) -> FloatArray:
    return np.asarray(wet_bulb(dry, dew, pressure))


def _year_of(series: StationSeries) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Hours of a series and their weights in a common year."""
    days = np.bincount(series.day_month, minlength=13)
    length = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    weight = np.repeat((length / np.maximum(days, 1))[series.day_month], 24)
    return series.dry.reshape(1, -1), series.dew.reshape(1, -1), weight


def _step_errors(series: StationSeries) -> tuple[float, ...]:
    """Errors of the steps against the hours: mean, wet-bulb mean and 99th, hours under 18 °C."""
    hours = step_frame()[0][:1440]
    pressure = np.array([[series.pressure_pa]])
    dry, dew, weight = _year_of(series)
    mean_dry, mean_dew = representative_days(series.day_month, series.dry, series.dew)
    steps = mean_dry.reshape(1, -1), mean_dew.reshape(1, -1)
    wet, wet_steps = _wet(dry, dew, pressure), _wet(*steps, pressure)
    q, q_steps = quantiles(wet, weight), quantiles(wet_steps, hours)

    def mean(x: FloatArray, w: FloatArray) -> float:
        return float((x * w).sum() / w.sum())

    return (
        mean(steps[0], hours) - mean(dry, weight),
        mean(wet_steps, hours) - mean(wet, weight),
        float(q_steps[0, -1] - q[0, -1]),
        float(((wet_steps < 18.0) * hours).sum() - ((wet < 18.0) * weight).sum()),
        float(((steps[0] < 24.0) * hours).sum() - ((dry < 24.0) * weight).sum()),
    )


def representative_table(series: list[StationSeries]) -> None:
    """Print the errors of representative days against all hours."""
    errors = np.array([_step_errors(s) for s in series])
    print(f"\n## Representative days against all hours, {len(series)} stations\n")
    names = (
        "mean dry bulb [K]",
        "mean wet bulb [K]",
        "99th percentile of the wet bulb [K]",
        "hours with wet bulb under 18 °C [h]",
        "hours with dry bulb under 24 °C [h]",
    )
    print("| quantity | mean error | rms | largest |\n|---|---|---|---|")
    for name, error in zip(names, errors.T, strict=True):
        print(f"| {name} | {error.mean():.2f} | {rms(error):.2f} | {np.abs(error).max():.2f} |")


def age_table(library: WeatherLibrary) -> None:
    """Print by how much the typical years differ from the normals of 2000-2025."""
    stations = library.stations
    where = stations.column("lat"), stations.column("lon"), stations.column("elevation_m")
    temperature = library.normals.temperature(*where)
    offset = stations.means - temperature
    moisture = np.log(stations.vapour / library.normals.vapour(*where, temperature)).mean(axis=1)
    print("\n## Typical years minus the normals\n")
    print("| data set | stations | dry bulb [K] | its scatter [K] | vapour [%] | scatter [%] |")
    print("|---|---|---|---|---|---|")
    for name, rows in stations.table.groupby("dataset").indices.items():
        if len(rows) > 1:
            annual, moist = offset[rows].mean(axis=1), 100.0 * moisture[rows]
            print(
                f"| {name} | {len(rows)} | {annual.mean():+.2f} | {annual.std():.2f} "
                f"| {moist.mean():+.1f} | {moist.std():.1f} |"
            )
    lat, lon, height = where
    level = bilinear(library.normals.temp_c_x10, lat, lon).T / 10.0
    climb = (bilinear(library.normals.height_m, lat, lon) - height)[:, None] / 1000.0
    steep = np.abs(climb[:, 0]) > 0.15
    between = (stations.means - level - LAPSE_K_PER_KM * climb).mean(axis=1)
    print(
        "\nScatter of annual means about the normals, nodes more than 150 m off in height:\n\n```"
    )
    print(f"  between four nodes: {between[steep].std():.2f} K")
    print(f"  nodes near and of the same height: {offset.mean(axis=1)[steep].std():.2f} K\n```")


def hold_out_tables(library: WeatherLibrary) -> None:
    """Print the errors at stations held back, at growing distance of the nearest one allowed."""
    rows = held_back(library, tuning=False)
    seeing = blind(library, rows)
    print(f"\n## Stations held back: {len(rows)} of the half that set no weight\n")
    runs = {
        (today, reach): HeldOut.at(seeing, rows, reach, today=today)
        for today in (False, True)
        for reach in REACH_KM
    }
    for title, table in (("means", HeldOut.means), ("extremes", HeldOut.extremes)):
        _head(title, next(iter(runs.values())), table)
        for (today, reach), run in runs.items():
            cells = " | ".join(f"{value:.2f}" for value in table(run).values())
            print(f"| {'moved' if today else 'as it is'} | {reach:.0f} | {cells} |")
    for column, title in enumerate(("PUE", "WUE [L/kWh]")):
        print(f"\n{title}, rms (largest):\n")
        print("| design | " + " | ".join(f"{km:.0f} km" for km in REACH_KM) + " |")
        print("|---" * (len(REACH_KM) + 1) + "|")
        table_rows = [list(runs[False, km].designs(column)) for km in REACH_KM]
        for cells_of in zip(*table_rows, strict=True):
            cells = " | ".join(f"{middle:.3f} ({most:.2f})" for _, middle, most in cells_of)
            print(f"| `{cells_of[0][0]}` | {cells} |")
    _by_data_set(library, rows, runs[False, 1000.0])


def _head(title: str, run: HeldOut, table: Callable[[HeldOut], dict[str, float]]) -> None:
    columns = table(run)
    print(f"\n{title}:\n\n| truth | not within [km] | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 2) + "|")


def _by_data_set(library: WeatherLibrary, rows: IntArray, run: HeldOut) -> None:
    """Print where in the world the errors lie, no station within 1,000 km."""
    print("\nby data set, nothing within 1,000 km, mean and rms of the annual error:\n")
    print("| data set | stations | dry bulb [K] | dew point [K] | hours under 18 °C wet [h] |")
    print("|---|---|---|---|---|")
    dry, dew = (run.monthly(name).mean(axis=1) for name in ("dry", "dew"))
    for name, members in library.stations.table.iloc[rows].groupby("dataset").indices.items():
        if len(members) > 3:
            cells = " | ".join(
                f"{error[members].mean():+.2f}, {rms(error[members]):.2f}" for error in (dry, dew)
            )
            cool = run.cool_hours[members]
            print(f"| {name} | {len(members)} | {cells} | {cool.mean():+.0f}, {rms(cool):.0f} |")


def _at(library: WeatherLibrary, lat: float, lon: float, height: float, km: float = 0.0) -> Weather:
    alone = replace(library, similarity=replace(library.similarity, not_within_km=km))
    return alone.places(["place"], [lat], [lon], [height])


def independent_table(library: WeatherLibrary, climate: Path) -> None:
    """Print morphed places against series that are in no table."""
    print("\n## Against series that the tables do not hold\n")
    print(
        "| place | years | quantity | morphed | observed | monthly rms |\n|---|---|---|---|---|---|"
    )
    fill = climate / "fill"
    bergen = pd.read_csv(
        fill / "bergen_florida_SN50540_hourly_2013_2020.csv.gz", parse_dates=["time"]
    )
    by_hour = bergen.groupby(bergen["time"].dt.month)["air_temperature"]
    monthly: FloatArray = by_hour.mean().to_numpy(np.float64)
    _compare("Bergen", "2013-2020", "dry bulb", _at(library, 60.383, 5.333, 12.0), monthly)
    feeagh = pd.read_csv(fill / "ireland_lough_feeagh_DAILY_1979_2016.csv.gz")
    feeagh = feeagh[feeagh["datetime"].str[:4].astype(int) >= 2000]
    by_month = feeagh.groupby(feeagh["datetime"].str[5:7])
    monthly = by_month["Air_Temperature_celsius"].mean().to_numpy(np.float64)
    place = _at(library, 53.94, -9.58, 20.0)
    _compare("Lough Feeagh", "2000-2016 daily", "dry bulb", place, monthly)
    canada = pd.read_csv(fill / "canada_stat_monthly.csv")
    for name, lat, lon, height in (
        ("Yellowknife CWEC2020", 62.46, -114.44, 206.0),
        ("Quebec", 46.79, -71.39, 75.0),
    ):
        station = canada[canada["station"].str.startswith(name)].set_index("variable")
        place = _at(library, lat, lon, height)
        for key, what in (("t_db_mean_file", "dry bulb"), ("t_dp_mean_file", "dew point")):
            if key in station.index:
                monthly = station.loc[key].iloc[1:13].to_numpy(np.float64)
                _compare(name, "typical year", what, place, monthly)
    _europe_2019(library, climate)


def _europe_2019(library: WeatherLibrary, climate: Path) -> None:
    """Annual means of the European cities of 2019, a year 0.7 K warmer than the normals."""
    folder = climate / "hisim_nsrdb_europe_2019"
    index = pd.read_csv(folder / "index.csv")
    place = library.places(
        index["city"].astype(str).tolist(), index["lat"], index["lon"], index["elev_m"]
    )
    ours = monthly_means(place.temp_dry_bulb_c).mean(axis=1)
    off = ours - index["t_mean"].to_numpy(np.float64)
    print(
        f"\n{len(index)} European cities against 2019 (a warm year, gridded): "
        f"mean {off.mean():+.2f} K, scatter {off.std():.2f} K"
    )


def _compare(name: str, years: str, what: str, place: Weather, observed: FloatArray) -> None:
    values = place.temp_dry_bulb_c if what == "dry bulb" else place.temp_dew_point_c
    ours = monthly_means(values)[0]
    print(
        f"| {name} ({place.source[0]}, {place.distance_km[0]:.0f} km) | {years} | {what} "
        f"| {ours.mean():.2f} | {observed.mean():.2f} | {rms(ours - observed):.2f} |"
    )


def lulea_table(library: WeatherLibrary, climate: Path) -> None:
    """Print the Luleå typical year against the daily means of SMHI."""
    daily = pd.read_csv(
        climate / "smhi_lulea_daily" / "smhi_162860_lulea_kallax_daily_mean_1949_2023.csv"
    )
    place = _at(library, 65.543, 22.122, 17.0)
    print("\n## Luleå: typical year against SMHI daily means\n")
    print("| place | years | quantity | steps | SMHI | monthly rms |\n|---|---|---|---|---|---|")
    for first, last in ((1991, 2020), (2009, 2022)):
        years = daily[daily["year"].between(first, last)]
        _compare("Luleå", f"{first}-{last}", "dry bulb", place,
                 years.groupby("month")["t_mean_C"].mean().to_numpy())  # fmt: skip
    recent = daily.loc[daily["year"].between(2009, 2022), "t_mean_C"].to_numpy(np.float64)
    days = place.temp_dry_bulb_c[0, :1440].reshape(60, 24).mean(axis=1)
    weight = place.hours[:1440].reshape(60, 24)[:, 0]
    print("\nDaily means, quantiles 5, 25, 50, 75 and 95 %:\n\n```")
    print("  steps   ", _five(days, weight))
    print("  SMHI    ", _five(recent, np.ones(len(recent))))
    print("```")


def _five(values: FloatArray, weight: FloatArray) -> str:
    found = quantiles(values[None, :], weight)[0, 1:6]
    return " ".join(f"{value:6.1f}" for value in found)


#: Deep temperatures reported for known lakes: site, place, morphometry, depth, temperature. The
#: first four are of plants or press, the rest from general literature on the lakes, rounded.
_DEEP = pd.DataFrame(
    [
        ("Qiandao, Alibaba intake", 29.6, 118.95, 108, 573, 31, 108, 35, 17.0),
        ("Ontario, Toronto intake", 43.62, -77.61, 75, 19000, 86, 224, 83, 4.0),
        ("Dongjiang, 8 to 13 °C", 25.85, 113.4, 285, 160, 51, 157, 50, 10.5),
        ("Geneva, EPFL intake", 46.46, 6.58, 372, 580, 152.7, 309.7, 68, 6.2),
        ("Geneva", 46.46, 6.58, 372, 580, 152.7, 309.7, 45, 6.5),
        ("Cayuga", 42.6, -76.6, 116, 172, 55, 133, 76, 4.5),
        ("Fuxian", 24.5, 102.89, 1721, 211, 89.6, 155, 100, 13.0),
        ("Tahoe", 39.12, -120.04, 1897, 495, 305, 501, 300, 5.0),
        ("Biwa", 35.33, 136.17, 86, 658, 41, 104, 75, 7.5),
        ("Zürich", 47.29, 8.58, 406, 66.6, 50.2, 136, 60, 5.0),
        ("Constance", 47.65, 9.3, 395, 472, 101, 254, 100, 4.7),
        ("Superior", 47.6, -87.8, 184, 82000, 148, 406, 100, 3.9),
        ("Michigan", 42.8, -86.9, 176, 57400, 84, 281, 100, 4.2),
        ("Vättern", 58.4, 14.6, 91, 1890, 40, 128, 60, 5.0),
        ("Päijänne", 61.52, 25.5, 78, 1080, 16, 95, 40, 6.0),
        ("Ohrid", 41.03, 20.72, 693, 358, 155, 288, 150, 6.0),
        ("Taupō", -38.79, 175.92, 358, 616, 110, 186, 120, 11.0),
    ],
    columns=["name", "lat", "lon", "height", "area", "mean", "max", "depth", "temp"],
)


def _run(
    library: WeatherLibrary, facts: pd.DataFrame, depths: FloatArray
) -> tuple[FloatArray, FloatArray]:
    lat, lon, height, area, mean, deepest = (
        facts[k].to_numpy(np.float64) for k in ("lat", "lon", "height", "area", "mean", "max")
    )
    setting = Settings()
    air = library.normals.temperature(lat, lon, height)
    lakes = Lakes(equilibrium_temperature(lat, air, setting.exchange), area, mean, deepest)
    return monthly_profiles(lakes, depths, setting)


def lake_table(library: WeatherLibrary, lakes_sea: Path) -> None:
    """Print the lake model against a measured profile, summer surfaces and deep temperatures."""
    print("\n## Lakes\n")
    deep, _ = _run(library, _DEEP, _DEEP[["depth"]].to_numpy(np.float64))
    year = deep[:, 0]
    print("| lake | depth [m] | modelled, least to most [°C] | reported [°C] |\n|---|---|---|---|")
    for row, months in zip(_DEEP.itertuples(index=False), year, strict=True):
        print(
            f"| {row.name} | {row.depth} | {months.min():.1f} to {months.max():.1f} | {row.temp} |"
        )
    error = year.mean(axis=1) - _DEEP["temp"].to_numpy(np.float64)
    print(f"\nannual mean minus reported: mean {error.mean():+.2f} K, rms {rms(error):.2f} K")
    table = pd.read_csv(lakes_sea / "lough_feeagh_monthly_temp_by_depth.csv", index_col=0)
    feeagh = pd.DataFrame(
        {
            "lat": [53.94],
            "lon": [-9.58],
            "height": [11.0],
            "area": [3.95],
            "mean": [14.5],
            "max": [46.0],
        }
    )
    depths = table.index.to_numpy(np.float64)[None, :]
    off = _run(library, feeagh, depths)[0][0] - table.to_numpy(np.float64)
    print(
        f"Lough Feeagh, {len(table)} depths x 12 months: mean {off.mean():+.2f} K, "
        f"rms {rms(off):.2f} K "
        f"(surface {rms(off[0]):.2f} K, deepest {rms(off[-1]):.2f} K)"
    )
    summers(library, lakes_sea)


def summers(library: WeatherLibrary, lakes_sea: Path) -> None:
    """Print modelled against collected summer surface temperatures."""
    known = pd.read_csv(lakes_sea / "gltc_lakes_291.csv").rename(
        columns={
            "latitude": "lat", "longitude": "lon", "elevation.m": "height",
            "surface.area.km2": "area", "mean.depth.m": "mean", "max.depth.m": "max",
        }
    )  # fmt: skip
    known["summer"] = known["InSitu_mean"].fillna(known["Satellite_mean"])
    season = {"JAS": [6, 7, 8], "JFM": [0, 1, 2]}
    known = known[known["time.period"].isin(season) & (known["mean"] > 10.0)]
    known = known.dropna(subset=["lat", "lon", "height", "area", "mean", "max", "summer"])
    known = known[(known["max"] > known["mean"]) & (known["lat"] > -59.0)]
    _, surface = _run(library, known, np.ones((len(known), 1)))
    ours = [row[season[s]].mean() for row, s in zip(surface, known["time.period"], strict=True)]
    off = np.array(ours) - known["summer"].to_numpy(np.float64)
    print(
        f"summer surface of {len(known)} lakes deeper than 10 m in the mean: "
        f"mean {off.mean():+.2f} K, scatter {off.std():.2f} K"
    )


def main(argv: list[str] | None = None) -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(prog="python -m tools.validate_climate", description=__doc__)
    parser.add_argument("--sources", type=Path, required=True, help="folder of the raw sources")
    parser.add_argument("--tune", type=int, default=0, help="draws of the search for the units")
    arguments = parser.parse_args(argv)
    climate = arguments.sources / "climate"
    library = WeatherLibrary.open()
    if arguments.tune:
        tune(library, arguments.tune)
        return
    used = set(library.stations.table["station"].astype(str))
    representative_table([s for s in read_all(climate) if s.id in used])
    age_table(library)
    hold_out_tables(library)
    independent_table(library, climate)
    lulea_table(library, climate)
    lake_table(library, arguments.sources / "lakes_sea")


if __name__ == "__main__":
    main()
