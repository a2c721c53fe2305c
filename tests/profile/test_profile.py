"""The profile of places whose cooling is well known, and every wrong way to name a place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.catalogue import Catalogue
from siting.catalogue.weather import WeatherLibrary
from siting.errors import DataError, InputError, StudyError
from siting.physics import DESIGNS, facility
from siting.profile import NEAR_KM, Profile, profile_place
from siting.profile import designs as of_designs


@pytest.fixture(scope="module")
def lulea(catalogue: Catalogue) -> Profile:
    return profile_place(catalogue=catalogue, site="lulea")


@pytest.fixture(scope="module")
def singapore(catalogue: Catalogue) -> Profile:
    return profile_place(catalogue=catalogue, site="singapore")


def test_outside_air_cools_lulea_nearly_all_year(lulea: Profile) -> None:
    assert lulea.designs["air_economizer"]["free_cooling_hours"] > 8000


def test_outside_air_never_cools_singapore(singapore: Profile) -> None:
    assert singapore.designs["air_chiller"]["free_cooling_hours"] == 0
    assert singapore.designs["air_economizer"]["free_cooling_hours"] == 0


def test_the_same_hall_takes_less_in_the_north(lulea: Profile, singapore: Profile) -> None:
    for name, row in lulea.designs.items():
        if row["available"]:
            assert row["pue"] < singapore.designs[name]["pue"]


def test_published_mean_temperatures(lulea: Profile, singapore: Profile) -> None:
    """Climate normals: Luleå about 3 °C, Singapore Changi about 28 °C."""
    assert lulea.climate["mean_dry_bulb_c"] == pytest.approx(3.0, abs=1.5)
    assert singapore.climate["mean_dry_bulb_c"] == pytest.approx(27.8, abs=0.7)


@pytest.mark.parametrize("place", ["lulea", "singapore"])
def test_months_make_the_year(place: str, request: pytest.FixtureRequest) -> None:
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    for row in request.getfixturevalue(place).designs.values():
        if not row["available"]:
            continue
        months = row["months"]
        assert [month["month"] for month in months] == list(range(1, 13))
        assert sum(m["free_cooling_hours"] for m in months) == pytest.approx(
            row["free_cooling_hours"]
        )
        for key in ("pue", "wue_l_per_kwh"):
            by_month = np.array([month[key] for month in months])
            assert by_month @ days / 365 == pytest.approx(row[key])
        assert row["pue_peak"] >= max(month["pue"] for month in months) >= row["pue"] >= 1.0
        assert row["withdrawal_l_per_kwh"] >= row["wue_l_per_kwh"] >= 0.0


def test_all_designs_are_listed_and_what_is_missing_is_said(lulea: Profile) -> None:
    assert list(lulea.designs) == list(DESIGNS)
    for name, row in lulea.designs.items():
        assert row["available"] is not bool(DESIGNS[name].needs)
        assert (row["why_not"] is None) is row["available"]
    assert "sea" in lulea.designs["subsea_pod"]["why_not"]
    assert lulea.designs["subsea_pod"]["pue"] is None


def test_a_lake_site_has_its_lake(catalogue: Catalogue) -> None:
    profile = profile_place(catalogue=catalogue, site="qiandao_lake")
    assert profile.designs["lake_water"]["available"]
    assert not profile.designs["sea_water"]["available"]
    assert profile.designs["lake_water"]["wue_l_per_kwh"] == 0.0
    assert profile.designs["lake_water"]["withdrawal_l_per_kwh"] > 50.0
    assert [(body["kind"], body["distance_km"]) for body in profile.water] == [("lake", 0.0)]


def test_a_place_near_a_lake_may_use_it_and_pumps_further(catalogue: Catalogue) -> None:
    """South of Taupō town there is water; 5 and 20 km north-east of the shore there is none."""
    at_home = profile_place(catalogue=catalogue, site="taupo", designs=["lake_water"])
    on_it, near, far = (
        profile_place(catalogue=catalogue, lat=lat, lon=lon, designs=["lake_water"])
        for lat, lon in ((-38.75, 176.0), (-38.66, 176.10), (-38.52, 176.25))
    )
    assert on_it.water[0]["distance_km"] == 0.0
    assert on_it.water[0]["pipe_km"] == at_home.water[0]["pipe_km"]
    assert 4.0 < near.water[0]["distance_km"] < 6.0 < NEAR_KM["lake"]
    assert near.water[0]["pipe_km"] > at_home.water[0]["pipe_km"] + 2.0
    assert near.designs["lake_water"]["pue"] > on_it.designs["lake_water"]["pue"]
    assert far.water == ()
    assert "Lake Taupō, 2" in far.designs["lake_water"]["why_not"]


def test_a_shore_far_from_the_town_is_a_shore(catalogue: Catalogue) -> None:
    """Nyon, 20 km from Geneva, lies on the lake."""
    nyon = profile_place(catalogue=catalogue, lat=46.383, lon=6.24, designs=["lake_water"])
    assert nyon.designs["lake_water"]["available"]
    assert nyon.water[0]["site"] == "geneva"
    assert nyon.water[0]["distance_km"] < 1.5


@pytest.mark.parametrize(("site", "design"), [("geneva", "lake_water"), ("marseille", "sea_water")])
def test_the_coordinates_of_a_candidate_draw_like_the_candidate(
    catalogue: Catalogue, site: str, design: str
) -> None:
    home = catalogue.candidates.loc[site]
    named, bare = (
        profile_place(catalogue=catalogue, designs=[design], **where)
        for where in ({"site": site}, {"lat": home["lat"], "lon": home["lon"]})
    )
    assert bare.water[0]["pipe_km"] == named.water[0]["pipe_km"]
    assert bare.designs[design]["pue"] == pytest.approx(named.designs[design]["pue"], abs=1e-3)


def test_a_warmer_climate_cools_for_fewer_hours(catalogue: Catalogue) -> None:
    now, later = (
        profile_place(
            catalogue=catalogue, site="dublin", designs=["water_economizer"], warming_k=warming
        )
        for warming in (0.0, 3.0)
    )
    assert later.climate["mean_dry_bulb_c"] == pytest.approx(now.climate["mean_dry_bulb_c"] + 3.0)
    rows = [profile.designs["water_economizer"] for profile in (now, later)]
    assert rows[1]["free_cooling_hours"] < rows[0]["free_cooling_hours"]
    assert rows[1]["pue"] > rows[0]["pue"]


def test_a_candidate_and_its_coordinates_agree(catalogue: Catalogue, singapore: Profile) -> None:
    row = catalogue.candidates.loc["singapore"]
    bare = profile_place(catalogue=catalogue, lat=row["lat"], lon=row["lon"])
    assert bare.climate["source"] == singapore.climate["source"]
    assert bare.designs["air_chiller"]["pue"] == pytest.approx(
        singapore.designs["air_chiller"]["pue"], rel=0.01
    )


def test_the_climate_block_tells_means_and_extremes(lulea: Profile, singapore: Profile) -> None:
    for climate in (lulea.climate, singapore.climate):
        assert climate["min_dry_bulb_c"] < climate["mean_dry_bulb_c"] < climate["max_dry_bulb_c"]
        assert climate["mean_dew_point_c"] < climate["mean_dry_bulb_c"]
        assert climate["mean_dew_point_c"] < climate["max_wet_bulb_c"] < climate["max_dry_bulb_c"]


def test_a_profile_is_json_and_tables(lulea: Profile) -> None:
    assert json.loads(json.dumps(lulea.to_mapping(), allow_nan=False)) == lulea.to_mapping()
    titles = [title for title, _ in lulea.tables()]
    assert len(titles) == 5
    for _, rows in lulea.tables():
        assert all(row.keys() == rows[0].keys() for row in rows)


def test_a_weather_file_stands_for_its_own_position(catalogue: Catalogue, tmp_path: Path) -> None:
    """A year of 10 °C beside Qiandao Lake, from an EPW: free cooling in all 8,760 hours."""
    home = catalogue.candidates.loc["qiandao_lake"]
    days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    head = f"LOCATION,Test,-,CHN,made up,0,{home['lat']},{home['lon']},8.0,120.0"
    filler = ["DESIGN CONDITIONS,0", "TYPICAL/EXTREME PERIODS,0", "GROUND TEMPERATURES,0"]
    filler += ["HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0", "COMMENTS 1,-", "COMMENTS 2,-"]
    filler += ["DATA PERIODS,1,1,Data,Sunday, 1/ 1,12/31"]
    rows = [
        f"2001,{month},{day},{hour},0,?,10.0,4.0,66,100000" + ",0" * 25
        for month, length in enumerate(days, start=1)
        for day in range(1, length + 1)
        for hour in range(1, 25)
    ]
    path = tmp_path / "own.epw"
    path.write_text("\n".join([head, *filler, *rows]) + "\n", encoding="utf-8")
    profile = profile_place(catalogue=catalogue, epw=path)
    assert (profile.place["lat"], profile.place["lon"]) == (home["lat"], home["lon"])
    assert profile.place["elevation_m"] == 120.0
    assert profile.climate["mean_dry_bulb_c"] == pytest.approx(10.0)
    assert profile.designs["air_economizer"]["free_cooling_hours"] == 8760
    assert profile.designs["lake_water"]["available"]


def test_only_the_designs_asked_for(catalogue: Catalogue) -> None:
    profile = profile_place(catalogue=catalogue, site="dublin", designs=("air_chiller",))
    assert list(profile.designs) == ["air_chiller"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, ["no place is given"]),
        ({"site": "lulea", "lat": 1.0, "lon": 2.0}, ["more than one way"]),
        ({"site": "lulea", "epw": "x.epw"}, ["more than one way"]),
        ({"site": "luela"}, ["'luela' is not known", "lulea"]),
        ({"lat": 60.0}, ["lon: is missing"]),
        ({"lon": 60.0}, ["lat: is missing"]),
        ({"lat": 118.8, "lon": 32.1}, ["118.8 is not on the Earth", "swapped", "lat 32.1"]),
        ({"lat": float("nan"), "lon": 300.0}, ["nan is not", "300 is not"]),
        ({"lat": -91.0, "lon": 181.0}, ["-91 is not", "181 is not"]),
        ({"site": "lulea", "designs": ["air_econ"]}, ["air_econ", "air_economizer"]),
        ({"site": "x", "designs": ["y"]}, ["'x' is not known", "'y' is not known"]),
    ],
)
def test_wrong_places_are_explained_all_at_once(
    given: dict[str, object], told: list[str], catalogue: Catalogue
) -> None:
    with pytest.raises(StudyError) as error:
        profile_place(catalogue=catalogue, **given)
    for words in told:
        assert words in str(error.value)


@pytest.mark.parametrize(
    "given", [{"lat": -75.0, "lon": 0.0}, {"epw": "no/such/file.epw"}], ids=["antarctic", "no file"]
)
def test_a_place_without_weather_is_a_fault(given: dict[str, object], catalogue: Catalogue) -> None:
    with pytest.raises(DataError):
        profile_place(catalogue=catalogue, **given)


@pytest.mark.parametrize("warming", [[1.0, 2.0], float("nan"), 60.0])
def test_an_impossible_warming_is_a_fault(warming: object, catalogue: Catalogue) -> None:
    with pytest.raises(InputError, match="warming_k"):
        profile_place(catalogue=catalogue, site="lulea", warming_k=warming)


def test_a_call_reckons_the_year_of_each_available_design_once(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours: list[int] = []

    def counted(design: Any, **inputs: Any) -> Any:
        if "air" not in inputs:  # variants of a band share the air of theirs
            hours.append(len(inputs["temp_dry_bulb_c"]))
        return facility(design, **inputs)

    monkeypatch.setattr(of_designs, "facility", counted)
    profile = profile_place(catalogue=catalogue, lat=26.65, lon=106.63)
    available = [design for design in profile.designs.values() if design["available"]]
    steps = len(WeatherLibrary.open().places(["here"], [26.65], [106.63], [0.0]).hours)
    assert hours == [steps] * len(available)


def test_the_sea_reaches_the_place_of_natick(catalogue: Catalogue) -> None:
    """59.0 N, 3.2 W, west of Orkney: 1.07 and no fresh water are published."""
    profile = profile_place(catalogue=catalogue, lat=59.0, lon=-3.2)
    pod = profile.designs["subsea_pod"]
    assert pod["pue_low"] < 1.07 < pod["pue_high"]
    assert pod["pue"] == pytest.approx(1.07, abs=0.01)
    assert pod["wue_l_per_kwh"] == pod["wue_high_l_per_kwh"] == 0.0
    assert profile.water[0]["source"].startswith("World Ocean Atlas")


def test_every_figure_lies_in_its_band_and_names_its_sources(lulea: Profile) -> None:
    for row in lulea.designs.values():
        if row["available"]:
            assert 1.0 <= row["pue_low"] <= row["pue"] <= row["pue_high"] < 1.5
            assert row["wue_low_l_per_kwh"] <= row["wue_l_per_kwh"] <= row["wue_high_l_per_kwh"]
            assert row["label"] == "modelled"
            assert all(row["sources"])


def test_a_wider_class_frees_more_hours(catalogue: Catalogue) -> None:
    hours = [
        profile_place(
            catalogue=catalogue, site="beijing", designs=["air_economizer"], inlet=inlet
        ).designs["air_economizer"]["free_cooling_hours"]
        for inlet in ("recommended", "A1", "A2", "A3")
    ]
    assert hours == sorted(hours)
    assert hours[0] < hours[-1]


def test_every_wrong_way_to_run_a_hall_is_named_at_once(catalogue: Catalogue) -> None:
    with pytest.raises(StudyError) as caught:
        profile_place(catalogue=catalogue, site="lulea", inlet="A9", water_class="W99", load=1.2)
    text = str(caught.value)
    assert "inlet" in text
    assert "water_class" in text
    assert "load" in text


def test_a_hot_year_is_warmer_and_says_so(catalogue: Catalogue) -> None:
    typical, hot = (
        profile_place(catalogue=catalogue, site="dublin", designs=["air_chiller"], year=year)
        for year in ("typical", "hot")
    )
    assert hot.climate["year"] == "hot"
    assert hot.climate["label"] == "modelled"
    rise = hot.climate["mean_dry_bulb_c"] - typical.climate["mean_dry_bulb_c"]
    assert 0.5 < rise < 1.0
    assert hot.designs["air_chiller"]["pue"] > typical.designs["air_chiller"]["pue"]


def test_an_unknown_year_is_a_fault(catalogue: Catalogue) -> None:
    with pytest.raises(InputError, match=r"year.*Known are typical, hot, dry, hot_dry"):
        profile_place(catalogue=catalogue, site="lulea", year="cold")
