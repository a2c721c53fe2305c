"""Measured round trips: both forms of the table, and everything that can be wrong with one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siting.catalogue.round_trips import measured_round_trips
from siting.errors import DataError

REGIONS = pd.DataFrame(
    {"lat": [51.51, 48.86], "lon": [-0.13, 2.35]}, index=["london_city", "paris"]
)
SITES = pd.DataFrame(
    {"lat": [48.86, 65.58, 53.35], "lon": [2.35, 22.15, -6.26]}, index=["paris", "lulea", "dublin"]
)


def read(tmp_path: Path, text: str, **more: object) -> np.ndarray:
    path = tmp_path / "rtt.csv"
    path.write_text(text, encoding="utf-8")
    return measured_round_trips(path, REGIONS, SITES, **more)


def faults(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    return [str(fault) for fault in caught.value.faults]


def test_a_round_trip_is_the_same_both_ways_and_repeated_ones_take_the_mean(tmp_path) -> None:
    table = read(
        tmp_path, "from,to,rtt_ms\nlondon_city,lulea,38\nlulea,london_city,42\nparis,paris,1.5\n"
    )
    expected = np.full((2, 3), np.nan)
    expected[0, 1], expected[1, 0] = 40.0, 1.5
    np.testing.assert_array_equal(table, expected)


def test_pairs_by_coordinates_stand_for_places_within_50_km(tmp_path) -> None:
    header = "from_lat,from_lon,to_lat,to_lon,rtt_ms\n"
    table = read(tmp_path, header + "51.4,-0.2,53.3,-6.2,11\n51.0,-0.13,65.6,22.1,40\n")
    assert table[0, 2] == 11.0  # London, Dublin
    assert np.isnan(table).sum() == 5  # 51.0° N is 57 km from London


def test_a_square_matrix_gives_the_same_as_its_pairs(tmp_path) -> None:
    """The diagonal of a square matrix is no pair, and an empty cell was not measured."""
    matrix = read(
        tmp_path, ",london_city,paris,dublin\nlondon_city,0,8,11\nparis,9,0,\ndublin,,18,0\n"
    )
    pairs = read(
        tmp_path,
        "from,to,rtt_ms\nlondon_city,paris,8\nparis,london_city,9\nlondon_city,dublin,11\n"
        "paris,dublin,18\n",
    )
    np.testing.assert_array_equal(matrix, pairs)
    assert matrix[0, 0] == 8.5


def test_a_matrix_of_demand_by_site_need_not_be_square(tmp_path) -> None:
    table = read(tmp_path, "demand,lulea,dublin\nlondon_city,41,11\nparis,35,\n")
    np.testing.assert_array_equal(table, [[np.nan, 41, 11], [np.nan, 35, np.nan]])


def test_every_fault_is_told_with_its_line(tmp_path) -> None:
    told = faults(
        tmp_path,
        "from,to,rtt_ms\nlondn_city,lulea,30\nparis,lulea,fast\nparis,dublin,-3\n"
        "london_city,lulea,0.04\nparis,lulea,nan\nparis,lulea,99999\n",
    )
    assert len(told) == 6
    assert "rtt.csv:2: londn_city: is no site or demand region. Did you mean london" in told[0]
    assert "rtt.csv:3: rtt_ms: 'fast' is not a round trip" in told[1]
    assert "rtt.csv:5: rtt_ms: 0.04 ms for 2,0" in told[3]  # seconds taken for milliseconds
    assert "faster than light. Give the round trip in milliseconds" in told[3]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the table is empty"),
        ("from,to,rtt_ms\n", "the table is empty"),
        ("from,rtt_ms\nparis,3\n", "to: the column is not there"),
        ("from,to,rtt_ms,loss\nparis,dublin,3,0\n", "loss: unknown column"),
        ("from,to,rtt_ms\nparis,dublin\n", "the line has 2 cells, the header has 3"),
        ("from,to,rtt_ms,rtt_ms\nparis,dublin,3,4\n", "rtt_ms: the column is there twice"),
        ("from_lat,from_lon,to_lat,to_lon,rtt_ms\n99,0,50,0,9\n", "'99' is not on the Earth"),
        ("from,to,rtt_ms\nlulea,dublin,30\n", "no pair of a demand region and a site"),
        (",lulea\nparis,quick\n", "rtt.csv:2: lulea: 'quick' is not a round trip"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(tmp_path, text: str, words: str) -> None:
    assert any(words in fault for fault in faults(tmp_path, text))


def test_a_file_that_is_no_text_is_a_fault(tmp_path) -> None:
    path = tmp_path / "rtt.csv"
    path.write_bytes(b"\xff\xfe\x00from")
    with pytest.raises(DataError, match="cannot be read"):
        measured_round_trips(path, REGIONS, SITES)


def test_other_known_places_may_stand_in_the_table(tmp_path) -> None:
    text = "from,to,rtt_ms\nparis,lulea,35\nparis,tokyo,230\n"
    with pytest.raises(DataError, match="tokyo"):
        read(tmp_path, text)
    assert np.isfinite(read(tmp_path, text, known={"tokyo"})).sum() == 1
