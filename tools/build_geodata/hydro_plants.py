"""Hydropower near each candidate: attributes hydro_mw_150km and hydro_gwh_150km."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from siting.geo import distance_km
from tools.build_geodata.common import ATTRIBUTES, SourceRow, attribute_rows, write_attributes
from tools.build_geodata.hydro_water import plant_types
from tools.build_geodata.places import read_places

__all__ = ["NEAR_KM", "PLANTS", "build", "read_hydro_plants", "sums_within"]

#: Power within this distance reaches a site over one regional line.
NEAR_KM = 150.0

_PUMPED = "HPHS"
#: Pumped-storage stations of 200 MW and more that the table does not mark as such.
_PUMPED_NAMES = {
    "China": "Guangzhou Pump|Huizhou|Tianhuangping|Qingyuan|Heimifeng|Pushihe|Xianyou|Liyang|"
    "Hongping|Baoquan|Bailanhe|Xilongchi|Tongbai|Huhhot|Zhanghewan|Xiangshuijian|Tai'in|Yixing|"
    "Shisanling|Langyashan",
    "Japan": "Okutataragi|Okumino|Takasegawa|Okawachi|Okuyoshino|Tamahara|Matanogawa|Toyone|"
    "Imaichi|Okukiyotsu|Okukiyoshi|Shimogo|Kazunogawa|Omarugawa|Shiobara|Okuyahagi|Numappara|"
    "Nabara|Hongawa|Tenzan|Ohira|Kannagawa|Kisenyama|Daini Numazawa|Azumi",
    "South Korea": "Yangyang|Yecheon|Sancheong|Samnangjin|Muju|Cheongsong|Cheongpyeong",
    "Taiwan": "Ming-Hu|Ming-Tan",
    "United States": "Bath County|Ludington|Raccoon M|Castaic|Helms|Blenheim|Northfield M|"
    "Muddy Run|Bad Creek|Rocky Mountain|Jocassee|Bear Swamp|Seneca|Taum Sauk|Yards Creek|"
    "Cabin Creek|Elbert|Fairfield|Salina",
    "India": "Purulia|Ghatghar|Ghatgar|Kadamparai|Bhira",
    "South Africa": "Drakensberg|Palmiet|Ingula|Steenbras|Sreenbras",
    "Australia": "Wivenhoe|Shoalhaven",
    "Russia": "Zagorsk",
    "Iran": "Bisheh",
    "Argentina": "Rio Grande PS",
    "Thailand": "Lam Takhong|Lamtakong",
}
#: The world-wide list repeats American plants, at the centre of their county, and the source
#: has the Brazilian half of Itaipu beside the whole.
_REPEATED = {"United States": "GPPD:GEODB"}
_HALF = "Itaipu (Parte Brasileira)"
_KNOWN_SHARE = 0.8
PLANTS = "JRC hydro-power database with WRI Global Power Plant Database (merged)"


def sums_within(
    places: pd.DataFrame, plants: pd.DataFrame, columns: list[str], radius_km: float
) -> pd.DataFrame:
    """Sum columns of the plants within a geodesic distance of each place.

    Parameters
    ----------
    places, plants : pandas.DataFrame
        With lon and lat. [degrees]
    columns : list of str
        Columns of ``plants`` to sum; a missing cell adds nothing.
    radius_km : float
        Radius. [km]

    Returns
    -------
    pandas.DataFrame
        One row a place, the index of ``places``, and the number of plants as ``count``.
    """
    lon, lat = plants["lon"].to_numpy(), plants["lat"].to_numpy()
    values = plants[columns].fillna(0.0).assign(count=1.0).to_numpy()
    margin = radius_km / 110.0  # a degree of latitude is never shorter
    rows = []
    for x, y in zip(places["lon"], places["lat"], strict=True):
        near = np.flatnonzero(np.abs(lat - y) <= margin)
        near = near[distance_km(x, y, lon[near], lat[near]) <= radius_km]
        rows.append(values[near].sum(axis=0))
    return pd.DataFrame(rows, columns=[*columns, "count"], index=places.index)


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write both attributes."""
    places = read_places(sources)
    near = sums_within(places, read_hydro_plants(sources), ["mw", "gen_gwh", "mw_known"], NEAR_KM)
    known = near["mw_known"] / near["mw"].where(near["mw"] > 0)
    gwh = (near["gen_gwh"] / known).where(known >= _KNOWN_SHARE)
    rows = [
        attribute_rows(places["id"], "hydro_mw_150km", near["mw"], "derived", PLANTS),
        attribute_rows(places["id"], "hydro_gwh_150km", gwh, "derived", PLANTS, 0),
    ]
    write_attributes(out, pd.concat(rows), ("hydro_mw_150km", "hydro_gwh_150km"))
    return _sources()


def read_hydro_plants(sources: Path) -> pd.DataFrame:
    """Plants that generate: pumped storage only gives back what it took."""
    plants = pd.read_csv(sources / "hydro" / "hydro_plants.csv", low_memory=False)
    plants["type"] = plant_types(plants)
    repeated = plants["src"] == plants["country"].map(_REPEATED)
    repeated |= plants["name"] == _HALF
    plants = plants[~(repeated | _is_pumped(plants))]
    return plants.assign(mw_known=plants["mw"].where(plants["gen_gwh"].notna()))


def _is_pumped(plants: pd.DataFrame) -> pd.Series[bool]:
    pumped = (plants["type"] == _PUMPED) | plants["name"].str.contains("[Pp]ump", regex=True)
    for country, names in _PUMPED_NAMES.items():
        pumped |= (plants["country"] == country) & plants["name"].str.contains(names)
    return pumped


def _sources() -> list[SourceRow]:
    scope = (
        f"sum over plants of 50 MW and more within {NEAR_KM:g} km geodesic, pumped storage (by "
        "type or by name) and repeated entries left out; Chinese plants cover about two thirds "
        "of the country's capacity: Wudongde and others since 2020 are not among them"
    )
    return [
        SourceRow(ATTRIBUTES, "hydro_mw_150km", PLANTS, "CC BY 4.0", "about 2013-2021", "MW",
                  scope, "derived"),
        SourceRow(ATTRIBUTES, "hydro_gwh_150km", PLANTS, "CC BY 4.0", "about 2013-2021", "GWh/yr",
                  f"{scope}; scaled to all plants where the generation of {_KNOWN_SHARE:.0%} of "
                  "the MW is known, else missing", "derived"),
    ]  # fmt: skip
