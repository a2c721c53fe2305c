"""Standard rates of excise duty on electricity for business, by country.

Rates are those of a business without relief. Many states tax large users, or data centers, at a
lower rate; what a site really pays is the planner's to give (``electricity_tax_usd_per_mwh``).
Countries outside the table have no national duty that is known here; taxes of states and towns are
in no figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from siting.supply.tables import FloatArray

__all__ = [
    "ELECTRICITY_TAXES",
    "USD_PER_EUR",
    "ElectricityTax",
    "electricity_tax_of",
    "electricity_tax_usd_per_mwh",
]

#: Mean of 2024, as the prices of the grid. [USD/EUR]
USD_PER_EUR = 1.086
_FLOOR = 0.5
_SOURCE = "Tax Foundation, Excise Duties on Electricity in Europe, 2024: business use"
_MEAN = (
    f"{_SOURCE}: mean of the member states and the United Kingdom; the directive 2003/96/EC asks "
    "for 0.5 EUR/MWh at least"
)


@dataclass(frozen=True)
class ElectricityTax:
    """Rate of one country.

    Parameters
    ----------
    eur_per_mwh, low, high : float
        Rate, and the range in which large users pay. [EUR/MWh]
    label : {"measured", "assumed"}
        Published for the country, or assumed.
    source : str
        Where it is published.
    """

    eur_per_mwh: float
    low: float
    high: float
    label: str
    source: str


def _published(rate: float, low: float = _FLOOR) -> ElectricityTax:
    return ElectricityTax(rate, min(low, rate), rate, "measured", _SOURCE)


_UNKNOWN = ElectricityTax(7.1, _FLOOR, 25.69, "assumed", _MEAN)

#: Rate by country (ISO 3166-1 alpha-3).
ELECTRICITY_TAXES: Mapping[str, ElectricityTax] = MappingProxyType(
    {
        **dict.fromkeys(("BEL", "HRV", "LUX", "SWE"), _published(0.5)),
        "FRA": _published(25.69),
        "DEU": _published(15.67),
        **dict.fromkeys(
            ("AUT", "BGR", "CYP", "CZE", "DNK", "EST", "ESP", "FIN", "GBR", "GRC", "HUN", "IRL",
             "ITA", "LTU", "LVA", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN"),
            _UNKNOWN,
        ),
    }
)  # fmt: skip


def electricity_tax_of(country: str) -> ElectricityTax | None:
    """Rate of a country; None where none is known.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3.
    """
    return ELECTRICITY_TAXES.get(country)


def electricity_tax_usd_per_mwh(countries: Sequence[str]) -> FloatArray:
    """Standard rate of each country, zero where none is known.

    Parameters
    ----------
    countries : sequence of str
        ISO 3166-1 alpha-3, n of them.

    Returns
    -------
    ndarray, shape (n,)
        [USD/MWh]
    """
    rates = (electricity_tax_of(country) for country in countries)
    return np.array([0.0 if rate is None else USD_PER_EUR * rate.eur_per_mwh for rate in rates])
