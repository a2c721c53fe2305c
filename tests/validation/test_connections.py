"""Connections of the catalogue: published campuses, and what a circuit carries."""

from __future__ import annotations

import pytest

from tools.build_geodata.supply_inputs import read_input
from tools.validate_connections import circuit_mw, highest_kv


def test_no_connection_is_below_a_published_campus(catalogue) -> None:
    campuses = read_input("announced_campuses").set_index("site")["mw"]
    assert set(campuses.index) >= {"hyderabad", "prineville", "reno", "abilene", "memphis"}
    assert (catalogue.candidates.loc[campuses.index, "connection_mw"] >= campuses).all()


def test_a_circuit_carries_what_its_bundle_of_conductors_does() -> None:
    # 1.732 x 110 kV x 0.645 kA; 2 and 4 conductors at 220 and 380 kV.
    assert circuit_mw(110.0) == pytest.approx(122.9, abs=0.1)
    assert circuit_mw(220.0) == pytest.approx(491.6, abs=0.1)
    assert circuit_mw(380.0) == pytest.approx(1698.0, abs=1.0)
    assert circuit_mw(0.0) == 0.0


def test_connections_fit_one_circuit_where_the_network_is_mapped(catalogue) -> None:
    places = catalogue.candidates
    kv = highest_kv(catalogue.folder, places).dropna()
    assert len(kv) > 200
    above = places.loc[kv.index, "connection_mw"] > kv.map(circuit_mw)
    assert set(kv.index[above & (kv > 0)]) == {"burlington", "zaragoza"}
    assert "quincy" not in kv.index  # no map of the western United States
