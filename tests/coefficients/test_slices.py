"""Time slices keep the year: hours, sums and the clock."""

from __future__ import annotations

import numpy as np
import pytest

from siting.catalogue.stations import step_frame
from siting.catalogue.weather_steps import Weather
from siting.coefficients.sets import ALLOWED_SLICES, TimeSlices, slice_layout


def group(slices: int) -> TimeSlices:
    frame = step_frame()
    values = np.zeros((0, len(frame[0])))
    weather = Weather((), values, values, values[:, :1], *frame, (), (), values[:, 0])
    return TimeSlices.group(slices, weather)


@pytest.mark.parametrize("slices", sorted(ALLOWED_SLICES))
def test_every_slicing_keeps_the_year_and_the_sum(slices: int) -> None:
    cut = group(slices)
    assert len(cut.hours) == slices
    assert cut.hours.sum() == pytest.approx(8760.0)
    assert (cut.hours > 0).all()
    values = np.random.default_rng(slices).random((3, len(cut.step_hours)))
    assert cut.mean(values) @ cut.hours == pytest.approx(values @ cut.step_hours)


def test_at_1440_slices_each_hour_stands_for_itself() -> None:
    cut = group(1440)
    values = np.arange(len(cut.step_hours), dtype=float)
    assert cut.mean(values).tolist() == values[cut.step_hours > 0].tolist()


def test_a_slice_holds_one_month_and_one_block_of_the_day() -> None:
    _, month, hour, _ = step_frame()
    cut = group(96)
    for t in range(96):
        inside = cut.of_step == t
        assert set(month[inside]) == {t // 8 + 1}
        assert set(hour[inside]) == {3 * (t % 8) + i for i in range(3)}


def test_a_year_is_not_cut_unevenly() -> None:
    with pytest.raises(ValueError, match="100"):
        slice_layout(100)
