"""Embodied carbon of the IT equipment, by the kind of hardware that does the work.

    embodied = carbon of a server / its power · other IT / lifetime

Carbon of a server is that of making and delivering it; power is the mean draw at work, so that the
figure is to the kW that a study's IT load counts. Other IT is switches and racks.
"""

from __future__ import annotations

from siting.physics.parameters import Parameter, table

__all__ = ["OTHER_IT", "SERVERS", "SERVER_YEARS", "servers_of"]

SERVER_YEARS = Parameter(
    "server_years",
    4.0,
    3.0,
    6.0,
    "yr",
    "Carbon Explorer (2023): 4 years; operators write servers off over 3 to 6, assumed",
    "assumed",
)
"""Years that a server is used."""

OTHER_IT = Parameter(
    "other_it",
    1.15,
    1.0,
    1.3,
    "-",
    "Carbon Explorer (2023): switches and racks add 15 %",
    "derived",
)
"""Carbon of all IT over that of its servers."""


def _embodied(kg: float, kw: float) -> float:
    return round(kg / kw * OTHER_IT.value / SERVER_YEARS.value, -1)


SERVERS = table(
    Parameter(
        "general",
        _embodied(744.5, 0.120),
        600.0,
        3500.0,
        "kgCO2e/kW/yr",
        "744.5 kg a server of 120 W (HPE DL360 Gen10), x 1.15 for other IT, over 4 years; Carbon "
        "Explorer (2023). Low: 1,000 kg (Cloud Carbon Footprint) at 300 W and 6 years",
        "derived",
    ),
    Parameter(
        "accelerators",
        _embodied(318.0, 0.428),
        80.0,
        420.0,
        "kgCO2e/kW/yr",
        "318 kg an A100 with its eighth of the server at 0.428 kW, x 1.15 for other IT, over 4 "
        "years; Chien et al. (2023), HotCarbon. High: 3,700 kg an 8-GPU server at 3.4 kW over 3 "
        "years (Luccioni et al. 2022, arXiv:2211.02001); low: 1,312 kg an HGX H100 board (NVIDIA "
        "2025) at 8 x 0.7 kW, host as much again, over 6 years",
        "derived",
    ),
    Parameter(
        "storage",
        _embodied(4289.0, 0.300),
        1200.0,
        6200.0,
        "kgCO2e/kW/yr",
        "4,289 kg a server with eight solid-state drives of 3.84 TB (Dell R740, life-cycle "
        "assessment 2019), 0.3 kW assumed, x 1.15, over 4 years. Low: disk drives of 50 kg (Cloud "
        "Carbon Footprint) at 8 W and 6 years; high: the same server at 0.2 kW",
        "assumed",
    ),
    Parameter(
        "none", 0.0, 0.0, 0.0, "kgCO2e/kW/yr", "servers left out, as the planner chooses", "assumed"
    ),
)
"""Embodied carbon of the IT equipment by kind of hardware, per kW of servers a year."""


def servers_of(hardware: str) -> Parameter:
    """Embodied carbon of the servers of a kind of hardware or of a generation of accelerators.

    Parameters
    ----------
    hardware : str
        Row of ``SERVERS``; any other name is a generation of accelerators.

    Returns
    -------
    Parameter
        [kgCO2e/kW/yr]
    """
    return SERVERS.get(hardware, SERVERS["accelerators"])
