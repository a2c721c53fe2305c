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

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from siting.physics.arrays import Numeric, as_float

__all__ = ["PRESETS", "Preset", "request_power_mw", "training_power_mw"]

HOURS_PER_DAY = 24.0
HOURS_PER_YEAR = 8760.0


@dataclass(frozen=True)
class Preset:
    """Published energy of one request or one training run.

    Parameters
    ----------
    name : str
        Workload.
    value : float
        Energy as published.
    unit : str
        ``Wh/request`` or ``MWh/run``.
    reported_pue : float
        PUE that the published figure already holds; 1 where it is of the servers alone. [-]
    source : str
        Publication.
    label : str
        ``measured``, ``derived``, ``modelled`` or ``assumed``.
    """

    name: str
    value: float
    unit: str
    reported_pue: float
    source: str
    label: str

    @property
    def it_value(self) -> float:
        """Energy of the IT equipment alone, in ``unit``."""
        return self.value / self.reported_pue


_PATTERSON = "Patterson et al. 2021, arXiv:2104.10350; tCO2e over grid intensity"
_WH = "Wh/request"
_MWH = "MWh/run"

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        row.name: row
        for row in (
            Preset("gpt-3 training", 1287.0, _MWH, 1.10, _PATTERSON, "derived"),
            Preset("t5 training", 85.7, _MWH, 1.12, _PATTERSON, "derived"),
            Preset("meena training", 232.0, _MWH, 1.09, f"{_PATTERSON}, recalled", "derived"),
            Preset("gshard training", 24.1, _MWH, 1.09, f"{_PATTERSON}, recalled", "derived"),
            Preset("switch training", 179.0, _MWH, 1.10, f"{_PATTERSON}, recalled", "derived"),
            Preset(
                "bloom training",
                433.2,
                _MWH,
                1.0,
                "Luccioni et al. 2022: 1,082,990 GPU hours at 0.4 kW, the GPUs alone",
                "derived",
            ),
            Preset("web search", 0.3, _WH, 1.0, "Google 2009, in de Vries 2023", "measured"),
            Preset(
                "chat request",
                2.96,
                _WH,
                1.0,
                "SemiAnalysis 564 MWh/day over 195 million requests, in de Vries 2023 (2.9)",
                "modelled",
            ),
            Preset("ai search", 8.9, _WH, 1.0, "SemiAnalysis, in de Vries 2023", "modelled"),
            Preset(
                "short chat request",
                0.24,
                _WH,
                1.09,
                "Google 2025, median text prompt, fleet PUE inside",
                "measured",
            ),
        )
    }
)
"""Published energies by name."""


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
