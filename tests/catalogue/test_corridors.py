"""Round trips between any two places, and the command that tells them."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from siting.catalogue import load_catalogue
from siting.catalogue.round_trips import modelled_round_trips, round_trip_facts
from siting.cli import app
from siting.errors import DataError


def test_corridors_and_not_distance_alone() -> None:
    """Washington is as far from London as Lagos and a half, Tokyo a detour around Asia."""
    catalogue = load_catalogue()
    washington = round_trip_facts(catalogue, "london", "38.9,-77.04")
    tokyo = round_trip_facts(catalogue, "51.507,-0.128", "35.68,139.69")
    assert float(washington["rtt_ms"]) == pytest.approx(77, rel=0.1)  # type: ignore[arg-type]
    assert float(tokyo["rtt_ms"]) == pytest.approx(225, rel=0.1)  # type: ignore[arg-type]
    assert washington["label"] == tokyo["label"] == "derived"
    assert round_trip_facts(catalogue, "lulea", "kunming")["label"] == "modelled"


def test_a_round_trip_is_the_same_both_ways_and_within_its_spread() -> None:
    catalogue = load_catalogue()
    sites, metros = catalogue.candidates.iloc[::40], catalogue.demand.iloc[::40]
    there, back = (
        modelled_round_trips(catalogue, *ends) for ends in ((sites, metros), (metros, sites))
    )
    assert there.rtt_ms == pytest.approx(back.rtt_ms.T)
    assert (there.p10_ms < there.rtt_ms).all()
    assert (there.rtt_ms < there.p90_ms).all()
    assert (there.at("p90") == there.p90_ms).all()


def test_without_corridors_distance_counts(tmp_path) -> None:
    from dataclasses import replace

    catalogue = replace(load_catalogue(), folder=tmp_path)
    place = pd.DataFrame({"lat": [60.0], "lon": [10.0]})
    other = pd.DataFrame({"lat": [60.0], "lon": [20.0]})
    found = modelled_round_trips(catalogue, place, other)
    assert 10 < found.rtt_ms[0, 0] < 20


def test_the_command_answers_in_words_and_in_json() -> None:
    told = CliRunner().invoke(app, ["rtt", "london", "-33.87,151.21", "--json"])
    assert told.exit_code == 0, told.output
    facts = json.loads(told.stdout)
    assert set(facts) == {"from", "to", "distance_km", "rtt_ms", "p10", "p90", "label"}
    assert facts["p10"] < facts["rtt_ms"] < facts["p90"]
    assert "rtt_ms" in CliRunner().invoke(app, ["rtt", "london", "paris"]).stdout


def test_every_end_that_is_no_place_is_told() -> None:
    with pytest.raises(DataError) as caught:
        round_trip_facts(load_catalogue(), "lulae", "99,400")
    text = str(caught.value)
    assert "Did you mean lulea" in text
    assert "not on the Earth" in text
