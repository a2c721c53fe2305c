import numpy as np
import pytest

from siting.catalogue.weather_files import read_weather_file
from siting.errors import DataError

DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def year(leap=False):
    """Month, day and hour 1-24 of every record, and a dry bulb warmest at three o'clock."""
    days = [d + (leap and m == 1) for m, d in enumerate(DAYS)]
    rows = [
        (month, day, hour)
        for month, count in enumerate(days, start=1)
        for day in range(1, count + 1)
        for hour in range(1, 25)
    ]
    hour = np.array([row[2] for row in rows])
    return rows, 15.0 + 8.0 * np.cos(2 * np.pi * (hour - 1 - 15) / 24)


def write_epw(path, *, offset=8.0, leap=False, dry=None, dew=None, pressure=100_000):
    rows, made = year(leap)
    dry = made if dry is None else dry
    dew = dry - 5.0 if dew is None else dew
    head = [f"LOCATION,Testville,-,XXX,made,000000,30.0,120.0,{offset},50.0"]
    head += ["DESIGN CONDITIONS,0", "TYPICAL/EXTREME PERIODS,0", "GROUND TEMPERATURES,0"]
    head += ["HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0", "COMMENTS 1,", "COMMENTS 2,"]
    head += ["DATA PERIODS,1,1,Data,Sunday, 1/ 1,12/31"]
    rest = ",".join(["0"] * 25)
    year_number = 2020 if leap else 2021
    body = [
        f"{year_number},{month},{day},{hour},60,?,{t:.2f},{d:.2f},50,{pressure},{rest}"
        for (month, day, hour), t, d in zip(rows, dry, dew, strict=True)
    ]
    path.write_text("\n".join(head + body) + "\n")
    return path


def write_tmy3(path, offset=-5.0):
    rows, dry = year()
    lines = [f'723145,"TESTVILLE",NC,{offset},35.7,-81.4,348']
    lines += ["Date (MM/DD/YYYY),Time (HH:MM),Dry-bulb (C),Dew-point (C),Pressure (mbar)"]
    lines += [
        f"{month:02d}/{day:02d}/2003,{hour:02d}:00,{t:.2f},{t - 5:.2f},970"
        for (month, day, hour), t in zip(rows, dry, strict=True)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def faults_of(path):
    with pytest.raises(DataError) as caught:
        read_weather_file(path)
    return caught.value.faults


def test_an_epw_becomes_8760_hours_in_utc(tmp_path):
    weather = read_weather_file(write_epw(tmp_path / "test.epw"))
    assert weather.place == ("test",)
    assert weather.temp_dry_bulb_c.shape == (1, 8760)
    assert weather.temp_dry_bulb_c.mean() == pytest.approx(15.0, abs=1e-3)
    assert weather.pressure_pa[0, 0] == 100_000.0
    # 15:00 at eight hours east is 07:00 UTC.
    assert weather.hour[weather.temp_dry_bulb_c[0].argmax()] == 7
    assert "Testville" in weather.source[0]


def test_a_tmy3_becomes_8760_hours_in_utc(tmp_path):
    weather = read_weather_file(write_tmy3(tmp_path / "test.csv"))
    assert weather.hour[weather.temp_dry_bulb_c[0].argmax()] == 20
    assert weather.pressure_pa[0, 0] == pytest.approx(97_000.0)
    assert weather.month[0] == 1
    assert (np.bincount(weather.month)[1:] == np.multiply(DAYS, 24)).all()


def test_a_leap_year_loses_its_29_february_and_says_so(tmp_path):
    weather = read_weather_file(write_epw(tmp_path / "leap.epw", leap=True))
    assert weather.temp_dry_bulb_c.shape == (1, 8760)
    assert "29 February left out" in weather.source[0]


def test_dew_points_above_the_dry_bulb_are_clipped(tmp_path):
    _, dry = year()
    weather = read_weather_file(write_epw(tmp_path / "wet.epw", dew=dry + 1.0))
    np.testing.assert_array_equal(weather.temp_dew_point_c, weather.temp_dry_bulb_c)


def test_missing_and_impossible_values_are_counted_and_named_together(tmp_path):
    _, dry = year()
    dew = dry - 5.0
    dry, dew = dry.copy(), dew.copy()
    dry[[10, 20]] = 99.9
    dry[30] = 75.0
    dew[[5, 6, 7]] = 99.9
    faults = faults_of(write_epw(tmp_path / "gaps.epw", dry=dry, dew=dew, pressure=999999))
    words = {fault.key: [] for fault in faults}
    for fault in faults:
        words[fault.key].append(fault.problem)
    assert "2 values are missing, the first in record 11" in words["dry bulb"]
    assert "1 values are impossible, the first in record 31" in words["dry bulb"]
    assert "3 values are missing, the first in record 6" in words["dew point"]
    assert "8,760 values are missing, the first in record 1" in words["pressure"]


def test_a_file_that_is_cut_off_is_refused_with_its_length(tmp_path):
    path = write_epw(tmp_path / "short.epw")
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:-100]) + "\n")
    (fault,) = faults_of(path)
    assert "8,660 hours" in fault.problem


def test_records_out_of_order_are_refused(tmp_path):
    path = write_epw(tmp_path / "mixed.epw")
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:8] + lines[8 + 744 :] + lines[8 : 8 + 744]) + "\n")
    (fault,) = faults_of(path)
    assert "record 1 is of month 2" in fault.problem


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        ("LOCATION,x,-,S,X,1,999,22,1,17", ["latitude"]),
        ("LOCATION,x,-,S,X,1,nan,inf,inf,nan",
         ["latitude", "longitude", "utc_offset_h", "elevation_m"]),
        ("LOCATION,x,-,S,X,1,north,22,1,-9999", ["latitude", "elevation_m"]),
        ("LOCATION,Lulea, Norrbotten,-,S,X,1,65,22,1,17", [""]),
        ("LOCATION,x,-,S,X,1,65,22,1", [""]),
    ],
)  # fmt: skip
def test_a_place_that_is_not_on_the_earth_is_refused(tmp_path, line, keys):
    path = write_epw(tmp_path / "test.epw")
    path.write_text("\n".join([line, *path.read_text().splitlines()[1:]]))
    faults = faults_of(path)
    assert [fault.key for fault in faults] == keys
    assert all(fault.line == 1 for fault in faults)


def test_a_weather_file_of_any_other_size_is_not_read(tmp_path):
    path = write_epw(tmp_path / "test.epw")
    with path.open("r+b") as file:
        file.truncate(10**10)
    assert "holds 10,000,000,000 bytes" in faults_of(path)[0].problem


@pytest.mark.parametrize("text", ["", "hello\n", "a,b,c,d,e,f,g\n1,2,3\n", "LOCATION,x\n1\n"])
def test_what_is_no_weather_file_is_refused_in_words(tmp_path, text):
    path = tmp_path / "other.csv"
    path.write_text(text)
    (fault,) = faults_of(path)
    assert fault.where == str(path)
    assert "EPW or a TMY3" in fault.remedy


def test_a_file_that_is_not_there_is_a_fault(tmp_path):
    (fault,) = faults_of(tmp_path / "absent.epw")
    assert "no such file" in fault.problem
