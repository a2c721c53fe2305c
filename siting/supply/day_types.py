"""Types of days within a month: calm to windy, dull to bright, crossed with cold to warm.

The five day groups of the weather are ranked by temperature. In each month they carry the five
levels of wind and of sun in an order of their own, so that over the year every level of one meets
every level of the others about equally often: the orders correlate with temperature by 0.00, and
with each other by -0.10 (daily means of 56 fleets: -0.12). Each group keeps its hours, so weights
add up to 8,760, and what a zone makes in a month stays.

Within a day wind follows the mean day of the zone and swings once, by as much as its hours lie
apart, at a time of day that differs from one type to the next.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from siting.arrays import FloatArray, IntArray
from siting.catalogue import Catalogue, once_per_catalogue
from siting.paths import geodata_dir

__all__ = ["DAY_TYPES", "day_type_factor", "day_type_origin"]

#: Level of wind and of sun, 0 (calm, dull) to 4, of the day groups 0 (coldest) to 4 in each month.
DAY_TYPES = (
    ("24013", "04321"), ("23104", "04321"), ("20341", "13042"), ("32041", "12430"),
    ("12340", "31402"), ("21430", "40123"), ("13402", "41203"), ("03241", "13204"),
    ("41203", "30142"), ("30412", "32014"), ("31024", "23140"), ("40123", "20431"),
)  # fmt: skip
_LEVELS, _HOURS = 5, 24
#: Part of the day by which the swing of each next type comes later, so that none is preferred.
_LATER = 0.618034
#: Row of the table for zones whose hours are not known.
_ANY = "*"


@once_per_catalogue
def _table(catalogue: Catalogue) -> pd.DataFrame:
    own = catalogue.folder / "day_types.csv"
    path = own if own.is_file() else geodata_dir() / own.name
    table = pd.read_csv(path, keep_default_na=False, na_values=[""])
    return table.set_index(["technology", "zone", "month"]).sort_index()


def day_type_factor(
    catalogue: Catalogue,
    zones: Sequence[str],
    technology: str,
    month: IntArray,
    day_group: IntArray,
    hour_utc: IntArray,
) -> FloatArray:
    """Output of wind or solar in each step over that of the mean day of its month.

    Parameters
    ----------
    catalogue : Catalogue
        With ``day_types.csv``; by default the one that comes with the package.
    zones : sequence of str
        Renewable zone of each of n sites.
    technology : {"wind", "solar"}
        Which of the two.
    month, day_group, hour_utc : ndarray, shape (T,)
        1 to 12, 0 a design hour; 0 (coldest days) to 4; 0 to 23. [-]

    Returns
    -------
    numpy.ndarray
        Shape (n, T). [-] One at design hours, and where the steps are not in day groups.
    """
    if not day_group.any():
        return np.ones((len(zones), len(month)))
    levels, swing, diurnal = (
        _figures(catalogue, zones, technology, names)
        for names in (_names("level"), _names("swing"), ["diurnal_cos", "diurnal_sin"])
    )
    own = int(technology == "solar")
    order = np.array([[int(level) for level in pair[own]] for pair in DAY_TYPES])
    row = np.clip(month - 1, 0, 11)
    rank = order[row, day_group]
    factor = levels[:, row, rank]
    if technology == "wind":
        turn = 2 * np.pi * (hour_utc + 0.5) / _HOURS
        late = 2 * np.pi * _LATER * (_LEVELS * row + day_group)
        factor = factor * (1 + swing[:, row, rank] * np.cos(turn - late))
        mean_day = diurnal[:, row, 0] * np.cos(turn) + diurnal[:, row, 1] * np.sin(turn)
        factor = factor * np.maximum(1 + mean_day, 0.0)
    return np.where(month == 0, 1.0, factor)


def _names(what: str) -> list[str]:
    return [f"{what}_{k}" for k in range(1, _LEVELS + 1)]


def _figures(
    catalogue: Catalogue, zones: Sequence[str], technology: str, names: list[str]
) -> FloatArray:
    """Columns of each zone by month, shape (n, 12, columns)."""
    table = pd.DataFrame(_table(catalogue).xs(technology))
    own = table.index.get_level_values("zone").unique()
    keys = [(zone if zone in own else _ANY, m) for zone in zones for m in range(1, 13)]
    values = table[names].reindex(pd.MultiIndex.from_tuples(keys)).to_numpy(dtype=float)
    return values.reshape(len(zones), 12, len(names))


def day_type_origin(catalogue: Catalogue, zone: str, technology: str) -> tuple[str, str]:
    """Label and source of the day types of a zone.

    Parameters
    ----------
    catalogue : Catalogue
        With ``day_types.csv``; by default the one that comes with the package.
    zone : str
        Renewable zone.
    technology : {"wind", "solar"}
        Which of the two.
    """
    rows = _table(catalogue).xs(technology)
    chosen = zone if zone in rows.index.get_level_values("zone") else _ANY
    first = rows.loc[chosen].iloc[0]
    return str(first["label"]), str(first["source"])
