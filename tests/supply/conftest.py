from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from siting.catalogue import Catalogue
from siting.supply.tables import grid_table

DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True)
class Steps:
    month: np.ndarray
    hour: np.ndarray
    day_group: np.ndarray
    hours: np.ndarray


@pytest.fixture(scope="session")
def grid(catalogue: Catalogue) -> pd.DataFrame:
    return grid_table(catalogue)


@pytest.fixture(scope="session")
def steps() -> Steps:
    """The 1,440 weighted steps of a year and two design hours, as the climate has them."""
    month, group, hour = (x.ravel() for x in np.mgrid[1:13, 0:5, 0:24])
    size = np.array([[len(p) for p in np.array_split(np.arange(d), 5)] for d in DAYS])
    hours = size[month - 1, group].astype(float)
    zero = np.zeros(2, dtype=int)
    return Steps(
        *(np.concatenate([x, zero]) for x in (month, hour, group)), np.concatenate([hours, zero])
    )
