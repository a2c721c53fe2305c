import numpy as np
import pytest

from siting.catalogue.planner import add_candidates
from siting.catalogue.weather import weather_of_sites
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


@pytest.mark.parametrize("hour", ["1e999", "inf", "-inf", "x", ""])
def test_an_hour_that_is_no_number_is_refused(tmp_path, hour):
    path = write_epw(tmp_path / "hour.epw")
    path.write_text(path.read_text().replace("2021,1,1,1,60", f"2021,1,1,{hour},60"))
    assert faults_of(path)


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        ("LOCATION,x,-,S,X,1,999,22,1,17", ["latitude"]),
        ("LOCATION,x,-,S,X,1,nan,inf,inf,nan",
         ["latitude", "longitude", "utc_offset_h", "elevation_m"]),
        ("LOCATION,x,-,S,X,1,north,22,1,-9999", ["latitude", "elevation_m"]),
        ("LOCATION,Lulea, Norrbotten,-,S,X,1,65,22.1,17.0,1", ["utc_offset_h"]),
        ("LOCATION,x,-,S,X,1,50,-120,8,17", ["utc_offset_h"]),
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
    assert "does not exist" in fault.problem


def warmest(path):
    """Hour of the warmest step, mean, and the weather of a file."""
    weather = read_weather_file(path)
    dry = weather.temp_dry_bulb_c[0]
    return weather.hour[dry.argmax()], dry.mean(), weather


def rewritten(path, change, encoding="utf-8"):
    lines = path.read_text().splitlines()
    path.write_bytes("\n".join(change(lines)).encode(encoding))
    return path


HEADS = {
    "comma": ("LOCATION,Testville, North, by the sea,-,XXX,made,000000,30.0,120.0,8,50.0", "utf-8"),
    "bom": ("LOCATION,Testville,-,XXX,made,000000,30.0,120.0,8,50.0", "utf-8-sig"),
    "latin": ("LOCATION,Testville Åå,-,XXX,made,000000,30.0,120.0,8,50.0", "latin-1"),
    "no_height": ("LOCATION,Testville,-,XXX,made,000000,30.0,120.0,8,", "utf-8"),
    "control": ("LOCATION,Test\x85ville\x0c,-,XXX,made,000000,30.0,120.0,8,50.0", "latin-1"),
    "quoted": ('LOCATION,"Testville, North",-,XXX,made,000000,30.0,120.0,8,50.0', "utf-8"),
}


@pytest.mark.parametrize("case", HEADS)
def test_heads_as_people_have_them_give_the_hour_of_the_clean_file(tmp_path, case):
    head, encoding = HEADS[case]
    clean = warmest(write_epw(tmp_path / "clean.epw"))
    path = rewritten(write_epw(tmp_path / "test.epw"), lambda ls: [head, *ls[1:]], encoding)
    found = warmest(path)
    assert found[0] == clean[0] == 7
    assert found[1] == clean[1]
    assert "ville" in found[2].source[0]


def test_a_clock_that_is_turned_for_summer_is_refused(tmp_path):
    def turned(lines):
        body = lines[8:]
        start = 24 * 90
        return [
            *lines[:8],
            *body[:start],
            *body[start + 1 : start + 24],
            body[start],
            *body[start + 24 :],
        ]

    (fault,) = faults_of(rewritten(write_epw(tmp_path / "dst.epw"), turned))
    assert fault.key == "hour"
    assert "record 2,161 is of hour 2" in fault.problem


def test_32_columns_and_half_hours_are_read(tmp_path):
    clean = warmest(write_epw(tmp_path / "clean.epw"))
    cut = rewritten(
        write_epw(tmp_path / "cut.epw"),
        lambda ls: [*ls[:8], *(",".join(line.split(",")[:32]) for line in ls[8:])],
    )
    assert warmest(cut)[:2] == clean[:2]
    half = rewritten(
        write_epw(tmp_path / "half.epw"),
        lambda ls: [*ls[:8], *(line for line in ls[8:] for _ in range(2))],
    )
    found = warmest(half)
    assert found[:2] == clean[:2]
    assert "2 records an hour averaged" in found[2].source[0]


@pytest.mark.parametrize("code", [99.9, 999, 9999])
def test_codes_of_what_is_missing_are_counted_by_field(tmp_path, code):
    _, dry = year()
    dry, dew = dry.copy(), dry - 5.0
    dry[[10, 20]] = code
    dew[3] = code
    path = write_epw(tmp_path / "gaps.epw", dry=dry, dew=dew)
    problems = {fault.key: fault.problem for fault in faults_of(path)}
    assert problems["dry bulb"] == "2 values are missing, the first in record 11"
    assert problems["dew point"] == "1 values are missing, the first in record 4"


def write_pvgis(path, columns="time(UTC),T2m,RH,G(h),SP"):
    rows, dry = year()
    lines = ["Latitude (decimal degrees): 30.000", "Longitude (decimal degrees): 120.000"]
    lines += ["Elevation (m): 50.0", "month,year", "1,2012", "2,2009", columns]
    lines += [
        f"2012{month:02d}{day:02d}:{hour - 1:02d}00,{np.roll(dry, -8)[i]:.2f},70,0,100000"
        for i, (month, day, hour) in enumerate(rows)
    ]
    path.write_text("\n".join([*lines, "", "T2m: 2-m air temperature"]) + "\n")
    return path


def test_a_table_of_pvgis_is_in_utc_and_has_its_dew_point_from_the_humidity(tmp_path):
    hour, mean, weather = warmest(write_pvgis(tmp_path / "tmy.csv"))
    assert hour == 7
    assert mean == pytest.approx(15.0, abs=1e-2)
    assert weather.pressure_pa[0, 0] == 100_000
    at_15 = np.abs(weather.temp_dry_bulb_c[0] - 15.0).argmin()
    # 70 % at 15 °C is a dew point of 9.6 °C (Magnus).
    assert weather.temp_dew_point_c[0, at_15] == pytest.approx(9.6, abs=0.3)
    assert weather.label == ("modelled",)
    (fault,) = faults_of(write_pvgis(tmp_path / "bare.csv", "time(UTC),T2m,P,G(h),SP"))
    assert fault.key == "RH"


def test_a_table_of_nsrdb_turns_its_local_clock(tmp_path):
    rows, dry = year()
    lines = ["Source,Location ID,City,State,Country,Latitude,Longitude,Time Zone,Elevation"]
    lines += ["NSRDB,123,-,-,-,35.7,-81.4,-5,348"]
    lines += ["Year,Month,Day,Hour,Minute,Temperature,Dew Point,Pressure"]
    lines += [
        f"2019,{m},{d},{h - 1},{minute},{t:.2f},{t - 5:.2f},970"
        for (m, d, h), t in zip(rows, dry, strict=True)
        for minute in (0, 30)
    ]
    path = tmp_path / "nsrdb.csv"
    path.write_text("\n".join(lines) + "\n")
    hour, _, weather = warmest(path)
    assert hour == 20
    assert weather.pressure_pa[0, 0] == pytest.approx(97_000)
    path.write_text("\n".join(lines).replace("-81.4,-5", "-81.4,0") + "\n")
    assert warmest(path)[0] == 15  # in UTC, as it may be asked for


def test_a_site_has_the_weather_of_its_file(catalogue, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("id,lat,lon,weather_file\nmine,30.0,120.0,own.epw\nplain,30.0,120.0,\n")
    _, dry = year()
    write_epw(tmp_path / "own.epw", dry=dry + 10.0)
    joined, ids = add_candidates(catalogue, path)
    weather = weather_of_sites(joined, joined.candidates.loc[list(ids)])
    assert weather.place == ("mine", "plain")
    mean = weather.temp_dry_bulb_c @ weather.hours / 8760
    assert mean[0] == pytest.approx(25.0, abs=0.01)
    assert "Testville" in weather.source[0]
    assert mean[1] != pytest.approx(25.0, abs=1.0)
    assert joined.notes == catalogue.notes
    path.write_text("id,lat,lon,weather_file\nmine,50.1,8.9,own.epw\n")
    assert "own.epw lies 8," in add_candidates(catalogue, path)[0].notes[-1]
    (tmp_path / "own.epw").write_text("nothing")
    with pytest.raises(DataError, match=r"own\.epw"):
        add_candidates(catalogue, path)
