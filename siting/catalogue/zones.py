"""Grid, hydro and renewable zone of a point, which no outline gives.

No outline of the zones is free to pass on, so a country with several takes that of its nearest
place whose zone is known, and says how far away that is. Near a border it may be the neighbour's.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.catalogue.layers import Layers
from siting.catalogue.outlines import Shore

__all__ = ["zone_columns"]

type FloatArray = npt.NDArray[np.float64]
type Objects = npt.NDArray[np.object_]
type Column = tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]

#: Where only one zone of a country is known, places up to here take it. [km]
_ALONE_KM = 400.0
_PLACES = "siting place list (tools/build_geodata/places.csv)"


def zone_columns(
    layers: Layers, lon: FloatArray, lat: FloatArray, country: Objects
) -> Mapping[str, Column]:
    """Values, labels and sources of the three zones.

    Parameters
    ----------
    layers : Layers
        The built-in layers.
    lon, lat : ndarray, shape (n,)
        [degrees, WGS 84]
    country : ndarray of str, shape (n,)
        ISO3 code; "" has no zone.

    Returns
    -------
    mapping
        ``grid_zone``: ISO2 code where the country is one zone (derived), else that of its nearest
        listed place (modelled). ``renewable_zone``: the country (derived), or the state or
        province of the nearest place or station (modelled). ``hydro_zone``: that of the grid zone.
    """
    iso2 = layers.codes["iso2"].reindex(country).to_numpy(dtype=object)
    grid = _refined(layers, "grid_zone", iso2, (lon, lat, country))
    renewable = _refined(layers, "renewable_zone", _or_none(country), (lon, lat, country))
    hydro = layers.hydro_zones.reindex(grid[0]).to_numpy(dtype=object)
    return {
        "grid_zone": grid,
        "renewable_zone": renewable,
        "hydro_zone": (_or_none(hydro), grid[1], grid[2]),
    }


def _or_none(values: Objects) -> Objects:
    blank = np.asarray(pd.isna(values) | (values == ""), dtype=bool)
    fresh = values.copy()
    fresh[blank] = None
    return fresh


def _refined(
    layers: Layers, column: str, national: Objects, where: tuple[FloatArray, FloatArray, Objects]
) -> tuple[Objects, Objects, Objects]:
    """The national zone, or the nearest one in countries that have several."""
    lon, lat, country = where
    known = layers.zone_points.dropna(subset=[column])
    value = _or_none(national)
    label = np.full(len(lon), "derived", dtype=object)
    source = np.full(len(lon), _PLACES, dtype=object)
    for code, points in known.groupby("country"):
        here, zones = np.flatnonzero(country == code), points[column].to_numpy(dtype=object)
        if not here.size or set(zones) == set(value[here]):
            continue
        shore = Shore(points["lon"].to_numpy(), points["lat"].to_numpy())
        index, km = shore.nearest(lon[here], lat[here])
        nation_known = column != "grid_zone" or value[here[0]] in layers.hydro_zones.index
        taken = (len(set(zones)) > 1) | (km <= _ALONE_KM) | (not nation_known)
        here, index, km = here[taken], index[taken], km[taken]
        value[here] = zones[index]
        label[here] = "modelled"
        source[here] = [f"{_PLACES}, zone of a place {away:.0f} km away" for away in km]
    return value, label, source
