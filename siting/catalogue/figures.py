"""Figures of a place: those that a planner may give of a site, and the valid range of each.

A file of candidates and ``sites.overrides`` of a study give them by the same words. A figure may
vary by month (``price_usd_per_mwh_m1`` to ``_m12``) or by cooling design (``pue_air_economizer``);
the table says which. What is not given stays that of the grid zone, the physics or the study.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue.read_tables import Rows
from siting.config.candidates import FILE_FIGURES
from siting.config.messages import rewritten
from siting.errors import Fault
from siting.physics import DESIGNS

__all__ = [
    "ALLOWED",
    "FIGURES",
    "FILE_FIGURES",
    "MONTHS",
    "TEXT_FIGURES",
    "Allowed",
    "Figure",
    "by_month",
    "figure_columns",
    "figure_of",
    "given",
    "given_by_design",
    "number_faults",
    "number_problem",
    "numbers",
    "texts",
]


#: Sources of electricity that a planner may have an offer of at a site.
PPA_SOURCES = ("hydro", "wind", "solar")
#: Ends of the columns that vary by month.
MONTHS = tuple(f"_m{month}" for month in range(1, 13))


@dataclass(frozen=True)
class Allowed:
    """Valid range of a number.

    Parameters
    ----------
    low, high : float
        Both may be reached, in the unit.
    unit : str
        As it is asked for.
    why : str
        What sets the ends, for the planner.
    slip : str
        Unit that a number between 0 and 1 was probably given in; empty where such numbers are
        plain.
    """

    low: float
    high: float
    unit: str
    why: str
    slip: str = ""

    @property
    def remedy(self) -> str:
        """Remedy: the range that is allowed."""
        if not self.why:
            return "Give a number"
        unit = f" {self.unit}" if self.unit else ""
        slip = f", not {self.slip}" if self.slip else ""
        return f"Give {self.low:,g} to {self.high:,g}{unit}{slip}: {self.why}"

    def problem(self, value: float, shown: object = None) -> str:
        """Error in a number; empty where there is none."""
        shown = f"{value:g}" if shown is None else shown
        if self.slip and 0.0 < value < 1.0:
            return f"is {shown}, which looks like {self.slip}"
        if self.low <= value <= self.high:
            return ""
        return f"is {shown}, outside {self.low:,g} to {self.high:,g} {self.unit}".rstrip()

    def fits(self, values: FloatArray) -> npt.NDArray[np.bool_]:
        """Mask of the numbers that are allowed; NaN never is."""
        slipped = (values > 0.0) & (values < 1.0) if self.slip else np.zeros(values.shape, bool)
        return np.asarray((values >= self.low) & (values <= self.high) & ~slipped)


@dataclass(frozen=True)
class Figure:
    """A figure that a planner may give of a site.

    Parameters
    ----------
    allowed : Allowed
        Range and unit; of text, none.
    about : str
        What it replaces, for templates and docs.
    varies : {"", "month", "design"}
        By what it may vary in further columns.
    """

    allowed: Allowed
    about: str
    varies: str = ""


def _n(low: float, high: float, unit: str, why: str, slip: str = "") -> Allowed:
    return Allowed(low, high, unit, why, slip)


_TEXT = Allowed(0.0, 0.0, "", "")
_KWH = "a price per kWh"

#: Figures of a site by name; what they replace is said in ``about``.
FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        "price_usd_per_mwh": Figure(
            _n(0, 5000, "USD/MWh", "delivered price of grid energy, without VAT", _KWH),
            "Delivered price of grid energy, flat or by month; replaces that of the grid zone.",
            "month",
        ),
        "price_file": Figure(
            _TEXT, "Table of that price by the hour: 8,760 numbers in USD/MWh from 1 January 00:00 "
            "UTC; its mean by month and hour of the day counts.",
        ),
        "grid_carbon_g_per_kwh": Figure(
            _n(0, 2000, "g CO2e/kWh", "carbon of grid energy", "kg/kWh"),
            "Carbon of grid energy, flat or by month; replaces that of the grid zone.",
            "month",
        ),
        "grid_carbon_file": Figure(
            _TEXT, "Table of that carbon by the hour, as price_file."
        ),
        "grid_water_l_per_kwh": Figure(
            _n(0, 100, "L/kWh", "water consumed for grid energy"),
            "Water consumed for grid energy; replaces that of the grid zone under either "
            "convention for hydropower.",
        ),
        "grid_withdrawal_l_per_kwh": Figure(
            _n(0, 1000, "L/kWh", "water withdrawn for grid energy"),
            "Water withdrawn for grid energy; at least the water consumed.",
        ),
        **{
            f"ppa_{source}_{name}": Figure(allowed, about.format(source=source))
            for source in PPA_SOURCES
            for name, allowed, about in (
                ("usd_per_mwh", _n(0, 1000, "USD/MWh", "price of all that the plant generates",
                                   _KWH),
                 "Quote of a {source} PPA at the site; replaces the built-in offer's price."),
                ("mw", _n(0, 100_000, "MW", "capacity that may be contracted"),
                 "Largest {source} PPA at the site; replaces that of the study."),
                ("capacity_factor", _n(0.01, 1, "", "mean output over capacity"),
                 "Annual capacity factor of the plant; scales the built-in profile, and is flat "
                 "where there is none."),
            )
        },
        "pue": Figure(
            _n(1, 3, "", "facility over IT energy"),
            "PUE in every hour in place of the physics, for all designs or by design.",
            "design",
        ),
        "pue_peak": Figure(
            _n(1, 5, "", "facility over IT power in the worst hour"),
            "PUE that the connection must carry, where pue is given; pue by default.",
            "design",
        ),
        "wue_l_per_kwh": Figure(
            _n(0, 20, "L/kWh", "water consumed on site per IT energy"),
            "WUE in every hour in place of the physics, for all designs or by design.",
            "design",
        ),
        "water_price_usd_per_m3": Figure(
            _n(0, 1000, "USD/m3", "price of water consumed on site"),
            "Price of water consumed on site; replaces that of the study.",
        ),
        "capex_usd_per_kw": Figure(
            _n(100, 200_000, "USD/kW", "building, power and cooling without IT"),
            "Capital cost of halls, for all designs or by design; replaces that of the design.",
            "design",
        ),
        "opening_cost_usd": Figure(
            _n(0, 1e11, "USD", "paid once when the site is opened"),
            "Capital cost of opening the site (land, works, substation), written off as halls are.",
        ),
        "property_tax_share": Figure(
            _n(0, 0.2, "1/yr", "share of the capital cost that is paid each year"),
            "Yearly tax and insurance on the capital cost of halls and opening, and on land.",
        ),
        "electricity_tax_usd_per_mwh": Figure(
            _n(0, 1000, "USD/MWh", "tax and levies on electricity that is used"),
            "Tax on every MWh that the site uses from grid and contracts, on top of the prices.",
        ),
        "demand_charge_usd_per_mw_month": Figure(
            _n(0, 1e6, "USD/MW/month", "charge for the largest power that the site may draw"),
            "Demand charge of the site; replaces that of the study.",
        ),
        "loss_share": Figure(
            _n(0, 0.5, "", "energy lost between the meter and the halls over what is bought"),
            "Losses of the site's own line and transformers: what is bought of grid and contracts, "
            "its price, carbon, water and tax, and the load of the connection grow by them.",
        ),
        "capex_credit_share": Figure(
            _n(0, 0.95, "", "share of the capital cost that is paid back, as by a tax credit"),
            "Tax credit or grant on the capital cost of halls and opening.",
        ),
        "storage_credit_share": Figure(
            _n(0, 0.95, "", "share of the capital cost of stores that is paid back"),
            "Tax credit or grant on the capital cost of stores.",
        ),
        "land_usd_per_ha": Figure(
            _n(0, 1e9, "USD/ha", "price of the land under the campus"),
            "Price of land; the site pays interest and property tax on economics.land_ha_per_mw of "
            "it for each installed MW, on top of economics.site.works_usd.",
        ),
        "land_limit_mw": Figure(
            _n(0, 100_000, "MW", "IT power that the ground has room for"),
            "Largest installed IT power of the site.",
        ),
        "weather_file": Figure(
            _TEXT, "Typical year of the site's own (EPW, TMY3 or CSV); replaces the built-in one."
        ),
        "notes": Figure(_TEXT, "Free text, carried to the report."),
    }
)  # fmt: skip

TEXT_FIGURES = frozenset(name for name, figure in FIGURES.items() if figure.allowed is _TEXT)


def figure_columns() -> dict[str, Figure]:
    """Every column that a file of candidates may give, those by month and by design included."""
    columns: dict[str, Figure] = {}
    for name, figure in FIGURES.items():
        columns[name] = figure
        if figure.varies == "month":
            columns |= {name + end: figure for end in MONTHS}
        elif figure.varies == "design":
            columns |= {f"{name}_{design}": figure for design in DESIGNS}
    return columns


def figure_of(column: str) -> str:
    """Name in :data:`FIGURES` of a column; empty where it is none."""
    if column in FIGURES:
        return column
    stem, _, month = column.rpartition("_m")
    if stem in FIGURES and FIGURES[stem].varies == "month" and f"_m{month}" in MONTHS:
        return stem
    ends = (column.removesuffix(f"_{design}") for design in DESIGNS)
    return next((e for e in ends if e in FIGURES and FIGURES[e].varies == "design"), "")


def given(sites: pd.DataFrame, name: str) -> FloatArray:
    """Numbers of a figure that the planner gave.

    Parameters
    ----------
    sites : DataFrame
        Rows of ``Catalogue.candidates``.
    name : str
        A column of :func:`figure_columns`.

    Returns
    -------
    ndarray, shape (n,)
        In the unit of the figure, NaN where it is not given.
    """
    if name not in sites.columns:
        return np.full(len(sites), np.nan)
    return sites[name].to_numpy(dtype=float)


def given_by_design(sites: pd.DataFrame, name: str, design: str) -> FloatArray:
    """Numbers of a figure for one design: its own column, or that for all designs."""
    own = given(sites, f"{name}_{design}")
    return np.where(np.isnan(own), given(sites, name), own)


def by_month(sites: pd.DataFrame, name: str) -> FloatArray:
    """Numbers of a figure by month, the flat one in all; shape (n, 12), NaN where not given."""
    months = np.stack([given(sites, name + end) for end in MONTHS], axis=1)
    return np.where(np.isnan(months), given(sites, name)[:, None], months)


def texts(sites: pd.DataFrame, name: str) -> list[str]:
    """Texts of a figure, empty where it is not given."""
    if name not in sites.columns:
        return [""] * len(sites)
    return [value if isinstance(value, str) else "" for value in sites[name]]


_YEAR = Allowed(2000.0, 2200.0, "", "a year, such as 2028")

#: Widest ranges that a place on Earth can have; the sources are those of the built-in attribute.
ALLOWED = {
    "latitude": Allowed(-90.0, 90.0, "°", "degrees north, WGS 84"),
    "longitude": Allowed(-180.0, 360.0, "°", "degrees east, WGS 84"),
    "elevation_m": Allowed(
        -450.0, 6000.0, "m", "metres above the sea, from the lowest shore to the thinnest air that "
        "the physics has"
    ),
    "coast_km": Allowed(0.0, 3000.0, "km", "no land is farther from a coast"),
    "lake_km": Allowed(0.0, 20_000.0, "km", "distance to a lake"),
    "scarcity_factor": Allowed(0.1, 100.0, "m3 world-eq/m3", "AWARE has no other values"),
    "scarcity_factor_country": Allowed(0.1, 100.0, "m3 world-eq/m3", "AWARE has no other values"),
    "aqueduct_score": Allowed(0.0, 5.0, "", "the score of Aqueduct 4.0"),
    "hydro_mw_150km": Allowed(0.0, 200_000.0, "MW", "hydropower within 150 km"),
    "hydro_gwh_150km": Allowed(
        -10_000.0, 2_000_000.0, "GWh", "net generation a year, below 0 only for pumped storage"
    ),
    "connection_mw": Allowed(0.0, 100_000.0, "MW", "what the grid grants one site"),
    "population": Allowed(0.0, 1e10, "", "people of the region"),
    "internet_users": Allowed(0.0, 1e10, "", "people of the region"),
    "weight": Allowed(0.0, 1e12, "", "share of the load, in any unit"),
    "mw": Allowed(0.001, 100_000.0, "MW", "capacity of the plant that is contracted"),
    "start": _YEAR,
    "end": _YEAR,
    "built": Allowed(1850.0, 2200.0, "", "year in which the plant went into operation"),
    "capacity_factor": Allowed(0.0, 1.0, "", "output over capacity"),
    "load": Allowed(0.0, 1e9, "", "load in any unit"),
    "utc_offset_h": Allowed(-12.0, 14.0, "h", "clock of the place ahead of UTC"),
    **{
        column: figure.allowed
        for column, figure in figure_columns().items()
        if column not in TEXT_FIGURES
    },
}  # fmt: skip
_ANY = Allowed(-1e12, 1e12, "", "")


def numbers(column: pd.Series) -> pd.Series:
    """A column as numbers; what is no number is NaN."""
    plain = column.map(lambda value: np.nan if isinstance(value, bool) else value)
    if not pd.api.types.is_numeric_dtype(plain):
        plain = pd.to_numeric(plain.astype(object).map(_text_or_number), errors="coerce")
    return plain.astype(float)


def _text_or_number(value: object) -> object:
    return value if isinstance(value, str | int | float) else np.nan


def number_faults(
    rows: Rows, layer: pd.DataFrame, columns: Iterable[str], *, required: bool = False
) -> list[Fault]:
    """A fault for each cell that is no number of its range.

    Parameters
    ----------
    rows : Rows
        Where the rows are written.
    layer : DataFrame
        The rows.
    columns : iterable of str
        Columns of numbers; those that are not there are passed by.
    required : bool, default False
        Whether an empty cell is a fault too.
    """
    faults = []
    for name in sorted(set(columns) & set(layer.columns)):
        allowed, found = ALLOWED.get(name, _ANY), numbers(layer[name]).to_numpy()
        given = layer[name].notna().to_numpy()
        wrong = (given | required) & ~allowed.fits(found)
        for i in np.flatnonzero(wrong).tolist():
            value = layer[name].iloc[i] if given[i] else None
            faults.append(rows.fault(i, name, *number_problem(name, value)))
    return faults


def number_problem(name: str, value: object) -> tuple[str, str]:
    """Error in the value of a figure or attribute, and the remedy; empty if none.

    Parameters
    ----------
    name : str
        Column.
    value : object
        As it was given; None where it is empty.
    """
    allowed = ALLOWED.get(name, _ANY)
    if value is None:
        return "is empty", allowed.remedy
    value = value.item() if isinstance(value, np.generic) else value
    found = float(numbers(pd.Series([value], dtype=object)).iloc[0])
    if np.isfinite(found):
        return allowed.problem(found, value), allowed.remedy
    about = f"[{allowed.unit}]" if allowed.unit else ""
    advice = rewritten(value, "float_type", about).removesuffix(about).strip()
    remedy = advice.replace(", without quotes", "") or allowed.remedy
    return f"is {value!r}, not a number", remedy
