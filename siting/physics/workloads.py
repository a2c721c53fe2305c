"""IT power of AI workloads from published energy, and embodied carbon of the servers they run on.

A published energy figure may be that of the servers alone or may hold the overhead of the
building it was measured in. The second kind is divided by that building's PUE before this
package multiplies by the PUE of the place where the work would be done.

    embodied = carbon of a server / its power · other IT / lifetime

Carbon of a server is that of making and delivering it; power is the mean draw at work, so that the
figure is to the kW that a study's IT load counts. Other IT is switches and racks.

References
----------
.. [1] D. Patterson et al. (2021), arXiv:2104.10350: training energy, with PUE inside.
.. [2] A. de Vries (2023), Joule 7, 2191: energy of a request.
.. [3] A. Luccioni et al. (2022), arXiv:2211.02001: BLOOM.
.. [4] A. Ho et al. (2024), arXiv:2403.05812: algorithmic progress in language models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from siting.physics.parameters import LABELS, Parameter, table

__all__ = [
    "ALGORITHM_HALVING_MONTHS",
    "HARDWARE",
    "OTHER_IT",
    "PRESETS",
    "SERVERS",
    "SERVER_YEARS",
    "Accelerator",
    "Preset",
    "energy_factor",
    "servers_of",
]

REQUEST, RUN = "Wh/request", "MWh/run"


@dataclass(frozen=True)
class Preset:
    """Published energy of one request or one training run.

    Parameters
    ----------
    name : str
        Name in a study.
    value : float
        Energy as published, in ``unit``.
    unit : str
        ``Wh/request`` or ``MWh/run``.
    reported_pue : float
        PUE that the published figure already holds; 1 where it is of the servers alone. [-]
    source : str
        Publication.
    label : str
        ``measured``, ``derived``, ``modelled`` or ``assumed``.
    hardware : str or None
        Row of ``HARDWARE`` that did the work; None where it is not known or not a row.
    servers : str
        Row of ``SERVERS`` that such work runs on.
    """

    name: str
    value: float
    unit: str
    reported_pue: float
    source: str
    label: str
    hardware: str | None = None
    servers: str = "accelerators"

    def __post_init__(self) -> None:
        if self.label not in LABELS or self.unit not in (REQUEST, RUN):
            raise ValueError(f"{self.name}: unknown label {self.label!r} or unit {self.unit!r}")

    @property
    def it_value(self) -> float:
        """Energy of the IT equipment alone, in ``unit``."""
        return self.value / self.reported_pue


@dataclass(frozen=True)
class Accelerator:
    """Peak arithmetic of one accelerator per watt.

    Parameters
    ----------
    name : str
        Name in a study.
    year : int
        First shipments.
    tflops : float
        Peak of dense 16-bit matrix arithmetic. [TFLOP/s]
    watts : float
        Rated board power. [W]
    source : str
        Data sheet.
    """

    name: str
    year: int
    tflops: float
    watts: float
    source: str

    @property
    def tflops_per_watt(self) -> float:
        """Peak arithmetic per watt. [TFLOP/s/W]."""
        return self.tflops / self.watts


HARDWARE: Mapping[str, Accelerator] = MappingProxyType(
    {
        row.name: row
        for row in (
            Accelerator("v100", 2017, 125.0, 300.0, "NVIDIA V100 data sheet, SXM2"),
            Accelerator("a100", 2020, 312.0, 400.0, "NVIDIA A100 data sheet, SXM"),
            Accelerator("h100", 2022, 989.0, 700.0, "NVIDIA H100 data sheet, SXM, dense"),
            Accelerator("b200", 2024, 2250.0, 1000.0, "NVIDIA DGX B200 data sheet, dense"),
        )
    }
)
"""Generations of hardware by name. Real work gains less than the peak where memory is the limit."""

ALGORITHM_HALVING_MONTHS = Parameter(
    "algorithm_halving_months", 8.0, 5.0, 14.0, "month",
    "Ho et al. 2024, arXiv:2403.05812: compute for the same quality of a language model halves "
    "every 8 months (95 % interval 5 to 14)",
    "derived",
)  # fmt: skip
"""How long better algorithms take to halve the computing for the same result."""

_PATTERSON = "Patterson et al. 2021, arXiv:2104.10350"
_DE_VRIES = "in de Vries 2023, Joule 7, 2191"
_LLAMA = "Touvron et al. 2023, arXiv:2302.13971, Table 15"
_CARD = "GPU hours of Meta's model card, at the rated power of the board alone"

_REQUESTS = (
    Preset(
        "search", 0.3, REQUEST, 1.0, f"Google 2009, {_DE_VRIES}", "measured", servers="general",
    ),
    Preset(
        "chat", 2.96, REQUEST, 1.0,
        f"SemiAnalysis, 564 MWh/day over 195 million requests (2.89), {_DE_VRIES} (2.9); 2.96 is "
        "what the press quotes",
        "modelled", "a100",
    ),
    Preset("ai_search", 8.9, REQUEST, 1.0, f"SemiAnalysis, {_DE_VRIES}", "modelled", "a100"),
    Preset("ai_search_low", 6.9, REQUEST, 1.0, f"New Street, {_DE_VRIES}", "modelled", "a100"),
    Preset("bloom_request", 3.96, REQUEST, 1.0, "Luccioni et al. 2022", "measured", "a100"),
    Preset(
        "gpt3_request", 4.0, REQUEST, 1.0,
        "Li et al. 2023, arXiv:2304.03271: servers of a medium request", "assumed",
    ),
    Preset(
        "chat_2025", 0.34, REQUEST, 1.0,
        "OpenAI (S. Altman), June 2025: an average request, what it holds is not said", "assumed",
    ),
    Preset("gpt4o_request", 0.3, REQUEST, 1.0, "Epoch AI, February 2025", "modelled", "h100"),
    Preset(
        "gemini_prompt", 0.24, REQUEST, 1.09,
        "Google, August 2025: median text prompt, fleet PUE inside", "measured",
    ),
)  # fmt: skip

_RUNS = (
    Preset(
        "gpt3_training", 1287.0, RUN, 1.10, f"{_PATTERSON}: 552.1 t CO2e at 0.429 kg/kWh",
        "derived", "v100",
    ),
    Preset("t5_training", 85.7, RUN, 1.12, f"{_PATTERSON}: 46.7 t CO2e at 0.545", "derived"),
    Preset("meena_training", 232.0, RUN, 1.09, f"{_PATTERSON}, Table 4", "derived"),
    Preset("gshard_training", 24.1, RUN, 1.09, f"{_PATTERSON}, Table 4", "derived"),
    Preset("switch_training", 179.0, RUN, 1.10, f"{_PATTERSON}, Table 4", "derived"),
    Preset(
        "evolved_transformer_search", 7.5, RUN, 1.10, f"{_PATTERSON}, Table 4; PUE assumed",
        "derived",
    ),
    Preset("xlm_training", 94.4, RUN, 1.10, "MLCarbon 2023: 39 t CO2e at 0.413 kg/kWh", "derived"),
    Preset(
        "bloom_training", 433.2, RUN, 1.0,
        "Luccioni et al. 2022: 1,082,990 GPU hours at 0.4 kW, the GPUs alone", "derived", "a100",
    ),
    Preset("llama_7b_training", 36.0, RUN, 1.10, _LLAMA, "derived", "a100"),
    Preset("llama_13b_training", 59.0, RUN, 1.10, _LLAMA, "derived", "a100"),
    Preset("llama_33b_training", 233.0, RUN, 1.10, _LLAMA, "derived", "a100"),
    Preset("llama_65b_training", 449.0, RUN, 1.10, _LLAMA, "derived", "a100"),
    Preset("llama2_training", 1324.0, RUN, 1.0, f"3.31 million A100 {_CARD}", "derived", "a100"),
    Preset("llama3_training", 5390.0, RUN, 1.0, f"7.7 million H100 {_CARD}", "derived", "h100"),
    Preset("llama31_training", 27510.0, RUN, 1.0, f"39.3 million H100 {_CARD}", "derived", "h100"),
)  # fmt: skip

PRESETS: Mapping[str, Preset] = MappingProxyType({row.name: row for row in (*_REQUESTS, *_RUNS)})
"""Published energies by name."""


HOURS_PER_DAY = 24.0


def energy_factor(
    reference: str | None = None, hardware: str | None = None, algorithm_years: float = 0.0
) -> float:
    """Energy of work on other hardware and with later algorithms, over the published. [-].

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


SERVER_YEARS = Parameter(
    "server_years", 4.0, 3.0, 6.0, "yr",
    "Carbon Explorer (2023): 4 years; operators write servers off over 3 to 6, assumed", "assumed",
)  # fmt: skip
"""Years that a server is used."""

OTHER_IT = Parameter(
    "other_it", 1.15, 1.0, 1.3, "-", "Carbon Explorer (2023): switches and racks add 15 %",
    "derived",
)  # fmt: skip
"""Carbon of all IT over that of its servers."""


def _embodied(kg: float, kw: float) -> float:
    return round(kg / kw * OTHER_IT.value / SERVER_YEARS.value, -1)


SERVERS = table(
    Parameter(
        "general", _embodied(744.5, 0.120), 600.0, 3500.0, "kgCO2e/kW/yr",
        "744.5 kg a server of 120 W (HPE DL360 Gen10), x 1.15 for other IT, over 4 years; Carbon "
        "Explorer (2023). Low: 1,000 kg (Cloud Carbon Footprint) at 300 W and 6 years",
        "derived",
    ),
    Parameter(
        "accelerators", _embodied(318.0, 0.428), 80.0, 420.0, "kgCO2e/kW/yr",
        "318 kg an A100 with its eighth of the server at 0.428 kW, x 1.15 for other IT, over 4 "
        "years; Chien et al. (2023), HotCarbon. High: 3,700 kg an 8-GPU server at 3.4 kW over 3 "
        "years (Luccioni et al. 2022, arXiv:2211.02001); low: 1,312 kg an HGX H100 board (NVIDIA "
        "2025) at 8 x 0.7 kW, host as much again, over 6 years",
        "derived",
    ),
    Parameter(
        "storage", _embodied(4289.0, 0.300), 1200.0, 6200.0, "kgCO2e/kW/yr",
        "4,289 kg a server with eight solid-state drives of 3.84 TB (Dell R740, life-cycle "
        "assessment 2019), 0.3 kW assumed, x 1.15, over 4 years. Low: disk drives of 50 kg (Cloud "
        "Carbon Footprint) at 8 W and 6 years; high: the same server at 0.2 kW",
        "assumed",
    ),
    Parameter(
        "none", 0.0, 0.0, 0.0, "kgCO2e/kW/yr", "servers left out, as the planner chooses", "assumed"
    ),
)  # fmt: skip
"""Embodied carbon of the IT equipment by kind of hardware, per kW of servers a year."""


def servers_of(hardware: str) -> Parameter:
    """Embodied carbon of the servers of a kind of hardware or of a generation. [kgCO2e/kW/yr].

    Parameters
    ----------
    hardware : str
        Row of ``SERVERS``; any other name is a generation of accelerators.
    """
    return SERVERS.get(hardware, SERVERS["accelerators"])
