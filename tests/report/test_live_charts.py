"""The year of a site: months and stacked power."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from siting.report.pages.charts import STACKS, chart_data, site_charts
from tests.helpers.fakes import EUROPE, EUROPEAN, fake_placement


def _with_store():
    placement = fake_placement(EUROPE, EUROPEAN)
    rows = [("lulea", "charge_mw", "battery", t, 91.25, 5.0 if t % 2 else 0.0) for t in range(96)]
    columns = ["site", "quantity", "item", "slice", "hours", "value"]
    return replace(placement, operation=pd.DataFrame(rows, columns=columns))


def test_the_stack_ends_at_the_power_of_all_sources():
    placement = fake_placement(EUROPE, EUROPEAN)
    dispatch = site_charts(placement)[-len(STACKS)]
    first = placement.sites.index[0]
    tops = [np.asarray(quad.data_source.data["top"]) for quad in dispatch.renderers]
    load = placement.supply[placement.supply["site"] == first].groupby("slice")["mw"].sum()
    assert tops[-1] == pytest.approx(load.to_numpy())


def test_what_charges_a_store_hangs_below_zero_and_moves_nothing_above():
    plain, stored = fake_placement(EUROPE, EUROPEAN), _with_store()
    data = chart_data(stored)
    assert data["dispatch"]["lulea"]["charging battery"][:2] == [0.0, -5.0]
    charts = site_charts(stored)[-len(STACKS)], site_charts(plain)[-len(STACKS)]
    lowest = min(np.min(quad.data_source.data["top"]) for quad in charts[0].renderers)
    highest = [max(np.max(q.data_source.data["top"]) for q in chart.renderers) for chart in charts]
    assert lowest == -5.0
    assert highest[0] == highest[1]


def test_months_are_those_of_the_run():
    placement = fake_placement(EUROPE, EUROPEAN)
    months = chart_data(placement)["monthly"]["pue"]
    assert set(months) == set(placement.sites.index)
    assert months["lulea"][6] - months["lulea"][0] == pytest.approx(0.01)
