"""How real plants differ from the ideal new one that the designs describe.

Published PUE lies above the designs where it is that of a region of many buildings, and about on
them where an operator built a campus for itself. The **practice** is a factor on everything that a
facility takes beyond its IT,

    PUE  =  1 + f · (PUE_design - 1) ,

and with the energy goes the heat, so the water follows by the same balance. The factors are fitted
on ``tests/fixtures/facilities.csv`` alone by ``tools/fit_practice.py``, one figure a place, the
last one measured; ``docs/validation/facilities.md`` shows them on AWS and Google, which they never
saw. They are fitted on full halls, since none says how full it is: a study that fills its halls in
part counts that twice with ``typical`` or ``legacy``.
"""

from __future__ import annotations

from siting.physics.parameters import Parameter, table

__all__ = ["PRACTICES", "practice_factor"]

_FIT = "tools/fit_practice.py on tests/fixtures/facilities.csv"

PRACTICES = table(
    Parameter(
        "best", 0.96, 0.66, 1.98, "-",
        f"median of 7 campuses that an operator built for itself (0.66 to 1.25); range of all 20 "
        f"places, since a plan may turn out typical; {_FIT}",
        "derived",
    ),
    Parameter(
        "typical", 1.38, 0.66, 1.98, "-",
        f"median of 13 Azure regions (0.88 to 1.98); range as for best; {_FIT}",
        "derived",
    ),
    Parameter(
        "legacy", 1.87, 1.38, 2.56, "-",
        f"tenth of those regions with the most; from their median to the most of any year; {_FIT}",
        "derived",
    ),
)  # fmt: skip
"""Factor on the energy beyond the IT by practice, with the spread of published places."""


def practice_factor(name: str | None) -> float:
    """Factor of a practice.

    Parameters
    ----------
    name : str or None
        One of ``PRACTICES``; None for the plant as designed.

    Returns
    -------
    float
        Factor on the energy beyond that of the IT. [-]
    """
    if name is None:
        return 1.0
    if name not in PRACTICES:
        raise ValueError(f"practice {name!r} is none of {', '.join(PRACTICES)}")
    return PRACTICES[name].value
