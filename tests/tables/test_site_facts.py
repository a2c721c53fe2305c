"""What a run keeps of its places beside the answer, against sums taken another way."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import siting
from siting.files import configs_dir
from siting.placement import Placement
from siting.tables import by_month, of_slices


@pytest.fixture(scope="module")
def placement() -> Placement:
    changed = ["time.slices=12", "candidates.kinds=[arctic]", "solver.gap=0.05"]
    return siting.solve(siting.load(configs_dir() / "arctic.yaml", changed))


def test_months_are_weighted_by_their_hours() -> None:
    hours = np.tile([1.0, 3.0], 12)
    values = np.tile([2.0, 6.0], 12)[None, :]
    assert of_slices(values, hours) == pytest.approx(np.full((1, 12), 5.0))


def test_design_steps_have_no_part_in_a_mean() -> None:
    month = np.append(np.arange(1, 13), 0)
    weather = SimpleNamespace(
        month=month,
        hours=np.append(np.full(12, 730.0), 0.0),
        temp_dry_bulb_c=np.append(np.arange(12.0), 99.0)[None, :],
    )
    assert by_month(weather)[0] == pytest.approx(np.arange(12.0))  # type: ignore[arg-type]


def test_twelve_months_of_each_open_site_give_the_annual_figures(placement: Placement) -> None:
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    months = placement.monthly.set_index(["site", "month"])
    assert len(months) == 12 * len(placement.sites)
    for site, row in placement.sites.iterrows():
        own = months.loc[site]
        assert np.average(own["pue"], weights=days) == pytest.approx(row["pue"], rel=1e-9)
        assert np.average(own["wue_l_per_kwh"], weights=days) == pytest.approx(
            row["wue_l_per_kwh"], abs=1e-9
        )
        assert own["temp_dry_bulb_c"].idxmin() in {12, 1, 2}


def test_every_candidate_says_what_its_place_is_like(placement: Placement) -> None:
    table = placement.candidates
    assert set(table.index[table["is_open"]]) == set(placement.sites.index)
    assert table["free_cooling_hours"].between(0, 8760).all()
    assert table["grid_carbon_g_per_kwh"].between(0, 1200).all()
    assert table["scarcity_factor"].between(0.1, 100).all()  # the range of AWARE
    north = table["lat"].to_numpy() > 64
    assert table["mean_dry_bulb_c"][north].mean() < table["mean_dry_bulb_c"][~north].mean()


def test_a_run_keeps_months_and_sources(placement: Placement, tmp_path: object) -> None:
    folder = siting.report(placement, f"{tmp_path}/run")
    again = siting.load(folder)
    assert again.monthly.to_numpy()[:, 1:].astype(float) == pytest.approx(
        placement.monthly.to_numpy()[:, 1:].astype(float), rel=1e-12
    )
    assert again.provenance.equals(placement.provenance)
    labels = set(again.provenance["label"])
    assert labels <= {"measured", "derived", "modelled", "assumed"}
    assert set(again.provenance["site"]) == set(placement.sites.index)
    assert again.provenance["source"].str.len().min() > 3
