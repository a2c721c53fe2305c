import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.catalogue.climate import LAPSE_K_PER_KM, standard_pressure, vapour_pressure
from siting.catalogue.stations import monthly_means
from siting.catalogue.weather import WeatherLibrary
from siting.catalogue.weather_steps import Weather, join
from siting.errors import DataError
from siting.files import geodata_dir


@pytest.fixture(scope="module")
def library():
    return WeatherLibrary.open()


@pytest.fixture(scope="module")
def places(library):
    """Stations beside, far from any, south of the equator, high, at the date line."""
    lat = [65.58, 33.45, 64.15, -36.85, 29.65, 51.88, 1.35]
    lon = [22.15, -112.07, -21.94, 174.76, 91.13, -176.65, 103.82]
    height = [10.0, 340.0, 40.0, 20.0, 3650.0, 5.0, 15.0]
    names = ["lulea", "phoenix", "reykjavik", "auckland", "lhasa", "adak", "singapore"]
    return library.places(names, lat, lon, height)


def annual_mean(weather):
    return monthly_means(weather.temp_dry_bulb_c).mean(axis=1)


def test_a_station_beside_the_place_is_called_measured_and_one_far_off_is_not(places):
    label = dict(zip(places.place, places.label, strict=True))
    assert label["lulea"] == label["phoenix"] == label["lhasa"] == label["adak"] == "measured"
    assert label["reykjavik"] == label["auckland"] == "modelled"
    measured = np.array(places.label) == "measured"
    assert (places.distance_km[measured] <= 25.0).all()
    assert "Lulea" in places.source[0]


@pytest.mark.parametrize(
    ("lat", "lon", "height", "normal"),
    [
        pytest.param(65.54, 22.12, 17.0, 2.9, id="Luleå, SMHI 1991-2020"),
        pytest.param(60.38, 5.33, 12.0, 8.4, id="Bergen, MET Norway 1991-2020"),
        pytest.param(64.13, -21.90, 52.0, 5.1, id="Reykjavík, IMO 1991-2020"),
        pytest.param(53.36, -6.35, 48.0, 9.9, id="Dublin, Met Éireann 1991-2020"),
        pytest.param(60.18, 24.94, 4.0, 6.5, id="Helsinki, FMI 1991-2020"),
        pytest.param(26.59, 106.73, 1224.0, 15.2, id="Guiyang, CMA"),
        pytest.param(1.37, 103.98, 5.0, 27.8, id="Singapore, MSS 1991-2020"),
    ],
)
def test_annual_mean_is_near_the_published_normal(library, lat, lon, height, normal):
    place = library.places(["x"], [lat], [lon], [height])
    assert annual_mean(place)[0] == pytest.approx(normal, abs=1.0)


def test_a_morphed_place_has_the_means_of_the_place(library):
    where = np.array([64.15]), np.array([-21.94]), np.array([40.0])
    place = library.places(["reykjavik"], *where)
    means, vapour = library._means(library._seen(*where))
    np.testing.assert_allclose(monthly_means(place.temp_dry_bulb_c), means, atol=1e-9)
    held = monthly_means(vapour_pressure(place.temp_dew_point_c))
    np.testing.assert_allclose(held, vapour, rtol=0.01)


def test_a_desert_far_from_every_station_is_dry(library):
    """Riyadh, whose donor is over 1,000 km away; its dew point is 1.5 °C (NCM normals)."""
    riyadh = library.places(["riyadh"], [24.7], [46.7])
    assert monthly_means(riyadh.temp_dew_point_c).mean() == pytest.approx(1.5, abs=3.0)


@pytest.mark.parametrize(
    ("lat", "lon", "height", "design", "most"),
    [
        pytest.param(-1.97, 30.12, 1490.0, 29.4, 34.5, id="Kigali"),
        pytest.param(12.97, 77.59, 921.0, 33.6, 39.6, id="Bengaluru"),
        pytest.param(17.45, 78.47, 545.0, 39.4, 45.4, id="Hyderabad"),
    ],
)
def test_no_hour_is_hotter_than_the_design_temperature_allows(
    library, lat, lon, height, design, most
):
    hottest = library.places(["x"], [lat], [lon], [height]).temp_dry_bulb_c.max()
    assert design < hottest <= most


def test_a_place_beside_a_station_is_not_moved_to_a_cell_of_another_height(library):
    """Santiago lies in a valley between cells of 500 to 3,600 m."""
    stations = library.stations.table
    row = int(np.flatnonzero(stations["station"] == "openmeteo_cl-sic")[0])
    santiago = library.places(["santiago"], [-33.44], [-70.65], [520.0])
    assert santiago.label == ("modelled",)
    observed = library.stations.means[row].mean()
    assert annual_mean(santiago)[0] == pytest.approx(observed, abs=1.0)


def test_a_thousand_metres_up_is_cooler_by_the_lapse_rate_and_thinner(library):
    low, high = (library.places(["x"], [47.0], [13.0], [z]) for z in (1000.0, 2000.0))
    assert annual_mean(low)[0] - annual_mean(high)[0] == pytest.approx(LAPSE_K_PER_KM, abs=1.0)
    assert high.pressure_pa[0, 0] == pytest.approx(float(standard_pressure(2000.0)))


def test_without_a_height_the_relief_stands_in(library):
    lat, lon = np.array([30.0]), np.array([85.0])
    relief = library.normals.heights(lat, lon, np.array([np.nan]))
    unknown = library.places(["x"], lat, lon)
    known = library.places(["x"], lat, lon, relief)
    np.testing.assert_allclose(unknown.temp_dry_bulb_c, known.temp_dry_bulb_c)
    np.testing.assert_allclose(unknown.pressure_pa, known.pressure_pa)


@settings(max_examples=8)
@given(
    st.lists(st.tuples(st.floats(-60.0, 90.0), st.floats(-180.0, 180.0)), min_size=5, max_size=9)
)
def test_weather_exists_anywhere_and_obeys_dew_below_dry(library, places):
    place = library.places([str(i) for i in range(len(places))], *np.array(places).T)
    assert (place.temp_dew_point_c <= place.temp_dry_bulb_c).all()
    assert place.hours.sum() == pytest.approx(8760.0)
    assert (place.temp_dry_bulb_c > -75.0).all()
    assert (place.temp_dry_bulb_c < 60.0).all()
    assert set(place.label) <= {"measured", "modelled"}


def test_the_day_is_warmest_in_the_afternoon_of_its_own_longitude(library):
    lon = np.arange(-175.0, 180.0, 10.0)
    place = library.places([str(x) for x in lon], np.full(len(lon), 45.0), lon)
    summer = place.temp_dry_bulb_c[:, (place.month == 7) & (place.hours > 0)]
    utc = summer.reshape(len(lon), 5, 24).mean(axis=1)
    angle = np.exp(-2j * np.pi * np.arange(24) / 24)
    peak = -np.angle((utc * angle).sum(axis=1)) * 24 / (2 * np.pi)
    solar = (peak + lon / 15.0) % 24.0
    assert (solar > 11.5).all()
    assert (solar < 17.5).all()


def test_seasons_are_opposite_south_of_the_equator(library):
    place = library.places(["n", "s"], [45.0, -45.0], [7.0, 170.0])
    warmest = monthly_means(place.temp_dry_bulb_c).argmax(axis=1) + 1
    assert warmest[0] in {7, 8}
    assert warmest[1] in {1, 2}


def test_permuting_places_permutes_the_answer(library):
    lat, lon = np.array([10.0, 50.0, 70.0]), np.array([100.0, 0.0, 25.0])
    order = [2, 0, 1]
    straight = library.places(["a", "b", "c"], lat, lon)
    turned = library.places(["c", "a", "b"], lat[order], lon[order])
    np.testing.assert_array_equal(straight.temp_dry_bulb_c[order], turned.temp_dry_bulb_c)
    assert straight.select(["c", "a", "b"]).source == turned.source


def test_either_way_of_counting_longitude_is_the_same_place(library):
    west = library.places(["x"], [40.0], [-75.0], [10.0])
    east = library.places(["x"], [40.0], [285.0], [10.0])
    np.testing.assert_allclose(west.temp_dry_bulb_c, east.temp_dry_bulb_c)


def test_every_bad_coordinate_is_named_at_once(library):
    with pytest.raises(DataError) as caught:
        library.places(["a", "b", "c", "d"], [95.0, 10.0, -75.0, np.nan], [0.0, 10.0, 0.0, 0.0])
    assert [fault.key for fault in caught.value.faults] == ["a", "c", "d"]


def test_the_design_hour_of_a_station_is_beyond_every_mean_day(places):
    row = places.place.index("phoenix")
    steps, design = places.hours > 0, places.month == 0
    assert places.temp_dry_bulb_c[row, design][0] > places.temp_dry_bulb_c[row, steps].max()
    assert design.sum() == 2


def test_warming_moves_every_step_and_keeps_dew_below_dry(places):
    warm = places.shifted(3.0)
    np.testing.assert_allclose(warm.temp_dry_bulb_c, places.temp_dry_bulb_c + 3.0)
    assert (warm.temp_dew_point_c > places.temp_dew_point_c).all()
    assert (warm.temp_dew_point_c <= warm.temp_dry_bulb_c).all()
    back = warm.shifted(-3.0)
    np.testing.assert_allclose(back.temp_dew_point_c, places.temp_dew_point_c, atol=1e-9)


def test_monthly_warming_gives_design_hours_the_worst_month(places):
    delta = np.linspace(0.0, 2.2, 12)
    change = places.shifted(delta).temp_dry_bulb_c - places.temp_dry_bulb_c
    np.testing.assert_allclose(change[:, places.month == 4], delta[3])
    np.testing.assert_allclose(change[:, places.month == 0], 2.2)
    with pytest.raises(ValueError, match="one or twelve"):
        places.shifted([1.0, 2.0])


def test_weather_cannot_be_written_to_or_made_inconsistent(places):
    with pytest.raises(ValueError, match="read-only"):
        places.temp_dry_bulb_c[0, 0] = 0.0
    with pytest.raises(ValueError, match="dew point above dry bulb"):
        dataclasses.replace(places, temp_dew_point_c=places.temp_dry_bulb_c + 1.0)
    with pytest.raises(ValueError, match="8,760"):
        dataclasses.replace(places, hours=places.hours * 2.0)
    with pytest.raises(ValueError, match="finite"):
        dataclasses.replace(places, pressure_pa=places.pressure_pa * np.nan)


def test_a_library_is_read_once_and_anew_where_a_file_has_changed(tmp_path):
    for path in [*geodata_dir().glob("*.npz"), geodata_dir() / "stations.csv"]:
        (tmp_path / path.name).symlink_to(path)
    first = WeatherLibrary.open(tmp_path)
    assert WeatherLibrary.open(tmp_path) is first
    relief = tmp_path / "relief.npz"
    with np.load(relief) as packed:
        higher = {name: values + 100 for name, values in packed.items()}
    relief.unlink()
    np.savez(relief, **higher)
    anew = WeatherLibrary.open(tmp_path)
    np.testing.assert_array_equal(anew.normals.height_m, first.normals.height_m + 100)


def test_joining_stacks_places_and_refuses_other_steps(places):
    both = join([places.select(["adak"]), places.select(["lhasa", "lulea"])])
    assert both.place == ("adak", "lhasa", "lulea")
    np.testing.assert_array_equal(both.temp_dry_bulb_c[2], places.temp_dry_bulb_c[0])
    hourly = flat_year()
    with pytest.raises(ValueError, match="different steps"):
        join([places, hourly])
    assert join([places, hourly.reduced()]).place[-1] == "flat"


def flat_year():
    """20 °C all year but for one hour of 40 °C."""
    dry = np.full((1, 8760), 20.0)
    dry[0, 4000] = 40.0
    days = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return Weather(
        ("flat",), dry, np.full((1, 8760), 10.0), np.full((1, 1), 1e5), np.ones(8760),
        np.repeat(np.arange(1, 13), np.multiply(days, 24)), np.arange(8760) % 24,
        np.zeros(8760, dtype=np.int64), ("made",), ("measured",), np.zeros(1),
    )  # fmt: skip


def test_reducing_hours_keeps_the_mean_and_the_one_extreme():
    hourly = flat_year()
    steps = hourly.reduced()
    mean = (steps.temp_dry_bulb_c * steps.hours).sum() / 8760.0
    assert mean == pytest.approx(hourly.temp_dry_bulb_c.mean())
    assert steps.temp_dry_bulb_c[0, :1440].max() < 40.0
    assert steps.temp_dry_bulb_c[0, -2] == 40.0
