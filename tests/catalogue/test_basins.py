"""Scarcity on both sides of a border of basins."""

from __future__ import annotations

from siting.catalogue import load_catalogue
from siting.catalogue.point_attributes import scarcity_around


def test_both_banks_of_one_river_have_the_same_range() -> None:
    """Omaha and Council Bluffs lie on the Missouri; their own factors differ 50-fold."""
    catalogue = load_catalogue()
    found = scarcity_around(catalogue, catalogue.candidates.loc[["omaha", "council_bluffs"]])
    own = found["scarcity_factor"]
    assert own["omaha"] > 40 * own["council_bluffs"]
    assert (found["scarcity_low"] <= own.min()).all()
    assert (found["scarcity_high"] >= own.max()).all()


def test_a_place_within_one_basin_has_its_own_factor_alone() -> None:
    catalogue = load_catalogue()
    found = scarcity_around(catalogue, catalogue.candidates)
    assert (found["scarcity_low"] <= found["scarcity_factor"] + 1e-9).all()
    assert (found["scarcity_high"] >= found["scarcity_factor"] - 1e-9).all()
    alone = found["scarcity_high"] == found["scarcity_low"]
    assert 0.1 < alone.mean() < 0.9
