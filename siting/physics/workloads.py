"""IT power of artificial-intelligence workloads, from requests and from training runs.

A published energy figure may be that of the servers alone or may hold the overhead of the
building it was measured in. The second kind is divided by that building's PUE before this
package multiplies by the PUE of the place where the work would be done.

References
----------
.. [1] D. Patterson et al. (2021), arXiv:2104.10350: training energy, with PUE inside.
.. [2] A. de Vries (2023), Joule 7, 2191: energy of a request.
.. [3] A. Luccioni et al. (2022), arXiv:2211.02001: BLOOM.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from siting.physics.arrays import Numeric, as_float
from siting.physics.workload_tables import (
    ALGORITHM_HALVING_MONTHS,
    HARDWARE,
    PRESETS,
    Accelerator,
    Preset,
)

__all__ = [
    "ALGORITHM_HALVING_MONTHS",
    "HARDWARE",
    "PRESETS",
    "Accelerator",
    "Preset",
    "energy_factor",
    "request_power_mw",
    "training_power_mw",
]

HOURS_PER_DAY = 24.0
HOURS_PER_YEAR = 8760.0


def energy_factor(
    reference: str | None = None, hardware: str | None = None, algorithm_years: float = 0.0
) -> float:
    """Energy of the same work on other hardware and with later algorithms, over the published.

    Hardware counts by peak arithmetic per watt, which is the most that it can gain; algorithms by
    the published time in which they halve the computing for the same result.

    Parameters
    ----------
    reference : str, optional
        Row of ``HARDWARE`` that the published figure is of.
    hardware : str, optional
        Row that would do the work; the reference by default.
    algorithm_years : float, default 0
        Years of progress of algorithms since the published figure. [yr]

    Returns
    -------
    float
        Factor on the energy. [-]

    Raises
    ------
    ValueError
        Where hardware is asked for and the reference is not known.
    """
    factor = 0.5 ** (12.0 * algorithm_years / ALGORITHM_HALVING_MONTHS.value)
    if hardware is None:
        return float(factor)
    for name in (reference, hardware):
        if name not in HARDWARE:
            raise ValueError(f"hardware {name!r} is none of {', '.join(HARDWARE)}")
    gain = HARDWARE[hardware].tflops_per_watt / HARDWARE[str(reference)].tflops_per_watt
    return float(factor / gain)


def request_power_mw(
    requests_per_day: ArrayLike, wh_per_request: ArrayLike, reported_pue: ArrayLike = 1.0
) -> Numeric:
    """Mean IT power of a stream of requests.

    Parameters
    ----------
    requests_per_day : numeric
        Requests. [1/d]
    wh_per_request : numeric
        Energy of one, as published. [Wh]
    reported_pue : numeric, default 1.0
        PUE that the energy already holds. [-]

    Returns
    -------
    numeric
        Broadcast shape. [MW]
    """
    energy_mwh = np.asarray(requests_per_day, np.float64) * np.asarray(wh_per_request) * 1e-6
    return as_float(energy_mwh / HOURS_PER_DAY / np.asarray(reported_pue, np.float64))


def training_power_mw(
    runs_per_year: ArrayLike, mwh_per_run: ArrayLike, reported_pue: ArrayLike = 1.0
) -> Numeric:
    """Mean IT power of training runs spread over the year.

    Parameters
    ----------
    runs_per_year : numeric
        Runs. [1/yr]
    mwh_per_run : numeric
        Energy of one, as published. [MWh]
    reported_pue : numeric, default 1.0
        PUE that the energy already holds. [-]

    Returns
    -------
    numeric
        Broadcast shape. [MW]
    """
    energy_mwh = np.asarray(runs_per_year, np.float64) * np.asarray(mwh_per_run, np.float64)
    return as_float(energy_mwh / HOURS_PER_YEAR / np.asarray(reported_pue, np.float64))
