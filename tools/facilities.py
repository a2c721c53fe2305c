"""Published PUE and WUE of places, and what this package predicts there.

The tables are ``facilities.csv`` and, never used to fit anything, ``facilities_held_out.csv`` in
``tests/fixtures``. A design is assumed for each facility from what its operator says of the plant.
Azure says it of one region only and AWS of few, so their regions share one rule that reads
published water, never published PUE: see :func:`region_design`.
"""

from __future__ import annotations

import csv
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from siting.catalogue import Catalogue, load_catalogue
from siting.catalogue.layers import water_temperature
from siting.catalogue.weather import WeatherLibrary
from siting.catalogue.weather_steps import Weather
from siting.physics import Inputs
from siting.profile.designs import Band, annual_band, annual_figures

__all__ = [
    "AWS",
    "AZURE",
    "FACILITIES",
    "GOOGLE",
    "HELD_OUT",
    "TOWER_WUE_L_PER_KWH",
    "Facility",
    "Prediction",
    "azure_rows",
    "mean_absolute_error",
    "predict",
    "read_facilities",
    "region_design",
]

FACILITIES = Path(__file__).parents[1] / "tests" / "fixtures" / "facilities.csv"
HELD_OUT = FACILITIES.with_name("facilities_held_out.csv")
AZURE, AWS, GOOGLE = "Microsoft Azure", "Amazon Web Services", "Google"
RULE, OWN = "rule", "own"

TOWER_WUE_L_PER_KWH = 0.5
"""Water that wetted media take nowhere in the table, Phoenix included; towers take more. [L/kWh]"""


@dataclass(frozen=True)
class Facility:
    """One published figure.

    Parameters
    ----------
    id, place, operator, region, year : str
        What it is of; years of one region share ``region``.
    lat, lon : float
        Position. [°, WGS 84]
    pue, wue_l_per_kwh : float or None
        Published; None where not. [-], [L/kWh]
    kind, quality, reference_read, confidence, source : str
        How it is known.
    bound : str
        ``upper`` where the figure is "less than", ``lower`` for the best hour, else empty.
    design, water_site, why : str
        Assumed design, candidate whose water it takes, and the reason.
    practice : str
        Generation and operation, by whose buildings they are.
    min_dew_point_c, liquid_share : float or None
        Humidification floor and heat of the cold plates, where the operator states them. [°C], [-]
    """

    id: str
    place: str
    operator: str
    region: str
    lat: float
    lon: float
    year: str
    pue: float | None
    wue_l_per_kwh: float | None
    kind: str
    bound: str
    quality: str
    reference_read: str
    confidence: str
    source: str
    design: str
    water_site: str
    why: str
    practice: str
    min_dew_point_c: float | None = None
    liquid_share: float | None = None


@dataclass(frozen=True)
class Prediction:
    """A prediction beside the published figure.

    Parameters
    ----------
    facility : Facility
        Published.
    pue, wue : Band
        Predicted, with their bands. [-], [L/kWh]
    climate : str
        Station of the weather, its label and distance.
    """

    facility: Facility
    pue: Band
    wue: Band
    climate: str

    @property
    def agrees(self) -> bool:
        """Test whether the band allows the published figure; bounds hold for the value itself."""
        published = self.facility.pue
        if published is None:
            return False
        if self.facility.bound == "upper":
            return self.pue.value <= published
        return published <= self.pue.high if self.facility.bound else self.pue.holds(published)

    @property
    def pue_error(self) -> float | None:
        """Predicted less published. [-]."""
        return None if self.facility.pue is None else self.pue.value - self.facility.pue

    @property
    def wue_error(self) -> float | None:
        """Predicted less published. [L/kWh]."""
        published = self.facility.wue_l_per_kwh
        return None if published is None else self.wue.value - published


def read_facilities(path: Path = FACILITIES) -> list[Facility]:
    """Read the table, the designs of cloud regions filled in by the rule."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    water: dict[str, list[float]] = {}
    for row in rows:
        if row["wue_l_per_kwh"]:
            water.setdefault(row["region"], []).append(float(row["wue_l_per_kwh"]))
    return [_facility(row, water) for row in rows]


def _facility(row: Mapping[str, str], water: Mapping[str, Sequence[float]]) -> Facility:
    text = dict(row)
    lat, lon = float(text.pop("lat")), float(text.pop("lon"))
    pue, wue = (float(x) if x else None for x in (text.pop("pue"), text.pop("wue_l_per_kwh")))
    if row["why"] == RULE:
        text["design"] = region_design(water.get(row["region"], ()))
    floor, share = (text.pop(name, "") for name in ("min_dew_point_c", "liquid_share"))
    return Facility(
        lat=lat,
        lon=lon,
        pue=pue,
        wue_l_per_kwh=wue,
        min_dew_point_c=float(floor) if floor else None,
        liquid_share=float(share) if share else None,
        **text,
    )


def region_design(reported_wue: Sequence[float]) -> str:
    """Choose the design of a cloud region: outside air with wetted media, or cooling towers.

    Parameters
    ----------
    reported_wue : sequence of float
        What the region reports in any year; empty where nothing is. [L/kWh]

    Returns
    -------
    str
        ``water_economizer`` where a year exceeds 0.5 L/kWh, else ``air_evaporative``.
    """
    towers = any(wue > TOWER_WUE_L_PER_KWH for wue in reported_wue)
    return "water_economizer" if towers else "air_evaporative"


def predict(
    facilities: Sequence[Facility],
    catalogue: Catalogue | None = None,
    *,
    bands: bool = True,
    practice: str | None = OWN,
) -> list[Prediction]:
    """Annual figures of each facility with the built-in climate and water, nothing tuned.

    Parameters
    ----------
    facilities : sequence of Facility
        What is published, each with its assumed design.
    catalogue : Catalogue, optional
        The built-in one by default.
    bands : bool, default True
        Work out the bands, which takes some fifty times as long; without, they have no width.
    practice : str or None, default "own"
        One practice for all, or None for plants as designed, instead of each facility's own.
    """
    catalogue = catalogue or load_catalogue()
    library = WeatherLibrary.open(catalogue.folder)
    weather = library.places(
        [f.id for f in facilities], [f.lat for f in facilities], [f.lon for f in facilities]
    )
    named = [f if practice == OWN else replace(f, practice=practice or "") for f in facilities]
    found: dict[Hashable, Prediction] = {}
    for row, f in enumerate(named):
        if _plant(f) not in found:
            inputs = _inputs(f, row, weather, catalogue)
            found[_plant(f)] = _predict(f, row, weather, inputs, bands=bands)
    return [
        replace(found[_plant(f)], facility=own) for f, own in zip(named, facilities, strict=True)
    ]


def _plant(f: Facility) -> Hashable:
    """All that is read of a facility: its figures of several years share one prediction."""
    place = f.lat, f.lon, f.water_site
    return *place, f.design, f.practice, f.min_dew_point_c, f.liquid_share


def _inputs(facility: Facility, row: int, weather: Weather, catalogue: Catalogue) -> Inputs:
    shape = weather.temp_dry_bulb_c.shape
    inputs: Inputs = {
        "temp_dry_bulb_c": weather.temp_dry_bulb_c[row],
        "temp_dew_point_c": weather.temp_dew_point_c[row],
        "pressure_pa": np.broadcast_to(weather.pressure_pa, shape)[row],
        "practice": facility.practice or None,
        "min_dew_point_c": facility.min_dew_point_c,
        "liquid_share": facility.liquid_share,
    }
    if facility.water_site:
        body = catalogue.water_bodies.loc[[facility.water_site]]
        inputs["temp_water_c"] = water_temperature(body, [facility.water_site], weather.month)[0]
        inputs["intake_distance_km"] = float(body["intake_distance_km"].to_numpy(dtype=float)[0])
    return inputs


def _predict(
    facility: Facility, row: int, weather: Weather, inputs: Inputs, *, bands: bool
) -> Prediction:
    if bands:
        found = annual_band(facility.design, weather.hours, **inputs)
    else:
        values = annual_figures(facility.design, weather.hours, **inputs)
        found = {name: Band(value, value, value) for name, value in values.items()}
    km = float(weather.distance_km[row])
    climate = f"{weather.source[row]}, {weather.label[row]}, {km:.0f} km"
    return Prediction(facility, found["pue"], found["wue_l_per_kwh"], climate)


def azure_rows(predictions: Sequence[Prediction]) -> list[Prediction]:
    """Those of the Azure regions that publish a PUE."""
    return [p for p in predictions if p.facility.operator == AZURE and p.facility.pue is not None]


def mean_absolute_error(predictions: Sequence[Prediction]) -> float:
    """Mean absolute error of the PUE over figures that are no bounds. [-]."""
    errors = [p.pue_error for p in predictions if not p.facility.bound]
    return float(np.mean([abs(e) for e in errors if e is not None]))
