"""Weather of candidates: that of the built-in library, or a typical year of the site's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from siting.catalogue.figures import texts
from siting.catalogue.model import Catalogue
from siting.catalogue.weather import WeatherLibrary
from siting.catalogue.weather_files import read_weather_file
from siting.catalogue.weather_steps import Weather, join

__all__ = ["weather_of_sites"]


def weather_of_sites(catalogue: Catalogue, sites: pd.DataFrame) -> Weather:
    """Weather of some candidates in a typical year of today.

    Parameters
    ----------
    catalogue : Catalogue
        For the folder of the library.
    sites : DataFrame
        Rows of its candidates; ``weather_file`` where the planner gave one.

    Returns
    -------
    Weather
        1,442 steps a place, in the order of the rows.
    """
    ids, files = [str(site) for site in sites.index], texts(sites, "weather_file")
    parts = []
    built_in = [not path for path in files]
    if any(built_in):
        rows = sites[built_in]
        parts.append(
            WeatherLibrary.open(catalogue.folder).places(
                [str(site) for site in rows.index], rows["lat"], rows["lon"], rows["elevation_m"]
            )
        )
    parts += _own(ids, files)
    return parts[0] if len(parts) == 1 else join(parts).select(ids)


def _own(ids: list[str], files: list[str]) -> Iterator[Weather]:
    read: dict[str, Weather] = {}
    for site, path in zip(ids, files, strict=True):
        if path:
            if path not in read:
                read[path] = read_weather_file(path).reduced()
            yield replace(read[path], place=(site,))
