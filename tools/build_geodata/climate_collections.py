"""Readers of national collections of typical years, and of a year of observations in Ireland.

The collections are EPW files as DOE published them; none states a licence, so only statistics
derived from them may leave this build.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.catalogue.climate import dew_point_of_humidity, standard_pressure
from siting.catalogue.stations import DAYS_IN_MONTH
from tools.build_geodata.climate_series import StationSeries, series

__all__ = ["read_collections", "read_ireland"]

#: Names of the collections as `stations.csv` has them.
_COLLECTIONS = {
    "ETMY": "ETMY, Egypt",
    "IGDG": "IGDG, Italy",
    "IMGW": "IMGW, Poland",
    "MSI": "MSI, Israel",
    "NIWA": "NIWA TMY2, New Zealand",
    "SWERA": "SWERA",
}
#: Latitude, longitude and height of stations whose own header has the place or the height wrong
#: by over 60 km or 50 m: those of the same WMO number in the list of climate.onebuilding.org.
_PUT_RIGHT = {
    "122100": (53.767, 15.400, 53.0),
    "122300": (53.133, 16.750, 73.0),
    "122400": (53.083, 17.983, 71.0),
    "122500": (53.050, 18.583, 72.0),
    "122850": (53.083, 21.567, 97.0),
    "123000": (52.750, 15.283, 73.0),
    "123300": (52.421, 16.826, 94.0),
    "124180": (51.833, 16.533, 92.0),
    "165310": (40.8986, 9.5178, 13.0),
    "623930": (27.047, 31.012, 235.0),
}
#: Summits, whose air is no valley's; spikes of 0 and 64 °C; a dew point 5 K below all neighbours.
_LEFT_OUT = (
    "Kasprowy", "Sniezka", "Monte.Cimone", "Monte.Terminillo", "Paganella",
    "Santiago.de.Cuba", "Bolzano",
)  # fmt: skip
_UNLICENSED = "derived statistics only; no licence stated"
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def read_collections(root: Path) -> Iterator[StationSeries]:
    """Typical years of Poland, Italy, New Zealand, Egypt, Israel, Ethiopia and Central America.

    Parameters
    ----------
    root : pathlib.Path
        The ``climate`` folder of the raw sources.

    Yields
    ------
    StationSeries
    """
    index = pd.read_csv(root / "fill2" / "epw_index.csv", keep_default_na=False)
    with np.load(root / "fill2" / "epw_hourly.npz") as arrays:
        dry, dew, pressure = (arrays[k] for k in ("t_db_x10", "t_dp_x10", "p_hPa"))
    months = np.repeat(np.arange(1, 13), DAYS_IN_MONTH)
    for i, row in enumerate(index.to_dict("records")):
        if any(name in str(row["file"]) for name in _LEFT_OUT):
            continue
        here = float(row["lat"]), float(row["lon"]), float(row["elev"])
        lat, lon, height = _PUT_RIGHT.get(str(row["wmo"]), here)
        years = sorted(int(year) for year in _YEAR.findall(str(row["comment"])))
        yield series(
            dry[i] / 10.0,
            dew[i] / 10.0,
            months,
            id=f"{str(row['family']).lower()}_{i:03d}",
            name=_place_name(str(row["name"])),
            country=str(row["country"]) if len(str(row["country"])) == 3 else "NZL",
            dataset=_COLLECTIONS[str(row["family"])],
            licence=_UNLICENSED,
            period=f"{years[0]}-{years[-1]}" if years else "",
            kind="station",
            first_year=min(years, default=0),
            lat=lat,
            lon=lon,
            elevation_m=height,
            tz=float(row["tz"]),
            pressure_pa=float(np.median(pressure[i])) * 100.0,
        )


def _place_name(name: str) -> str:
    """Name as a reader writes it, from ``ADDIS_ABABA/BOLE``."""
    words = re.sub(r"[_/]+", " ", name).replace("(", "").replace(")", "")
    return words.title() if words.isupper() else words


def read_ireland(root: Path) -> Iterator[StationSeries]:
    """Hourly observations of Met Éireann in 2017, on UTC; days with a missing hour are left out.

    Parameters
    ----------
    root : pathlib.Path
        The ``climate`` folder of the raw sources.

    Yields
    ------
    StationSeries
    """
    places = pd.read_csv(root / "fill2" / "met_eireann_2017_stations.csv")
    where = {str(row["station"]): row for row in places.to_dict("records")}
    hours = pd.read_csv(root / "fill2" / "met_eireann_2017_hourly.csv.gz")
    for name, rows in hours.groupby("station"):
        ordered = rows.sort_values(["month", "day", "hour"])
        whole = ordered.dropna(subset=["temp", "rhum"]).groupby(["month", "day"])
        kept = whole.filter(lambda day: len(day) == 24)
        place = where[str(name)]
        dry = kept["temp"].to_numpy(np.float64)
        months: npt.NDArray[np.int64] = kept["month"].to_numpy(np.int64)[::24]
        yield series(
            dry,
            dew_point_of_humidity(dry, kept["rhum"].to_numpy(np.float64)),
            months,
            id=f"met_eireann_{re.sub('[^a-z]+', '_', str(name).lower())}",
            name=str(name).title(),
            country="IRL",
            dataset="Met Éireann observations",
            licence="CC BY 4.0",
            period="2017-2017",
            kind="station",
            first_year=2017,
            lat=float(place["latitude"]),
            lon=float(place["longitude"]),
            elevation_m=float(place["height"]),
            tz=0.0,
            pressure_pa=float(standard_pressure(place["height"])),
        )
