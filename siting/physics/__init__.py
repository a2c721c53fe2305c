"""Physics of data-center cooling: pure functions on numpy arrays, no files, no network.

::

    weather -> air (psychrometrics, once) -> a design of cooling/ -> facility: PUE, WUE, share
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Required, TypedDict, Unpack, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siting.arrays import Numeric, site_blocks
from siting.physics.cooling import (
    ENVELOPES,
    WATER_CLASSES,
    Conditions,
    Streams,
    envelope,
    water_limit,
)
from siting.physics.cooling.facility_water import GAS_EMISSIONS_KG_PER_KWH
from siting.physics.designs import DESIGNS, Design
from siting.physics.parameters import PRACTICES, Parameter, practice_factor
from siting.physics.plant import ElectricalParameters, PartLoadParameters, electrical_loss
from siting.physics.psychrometrics import OutsideAir, outside_air

__all__ = [
    "DESIGNS",
    "ENVELOPES",
    "FREE_COOLING",
    "GAS_EMISSIONS_KG_PER_KWH",
    "PRACTICES",
    "WATER_CLASSES",
    "Design",
    "Facility",
    "Inputs",
    "Parameter",
    "air_of",
    "facility",
    "facility_all",
    "facility_blocks",
    "streams",
]


FREE_COOLING = 1e-9
"""An hour is free where the mechanical share is below this. [-]"""

DEFAULT_INTAKE_KM = 1.0


class Inputs(TypedDict, total=False):
    """Weather and operation, the keywords of :func:`facility`; shapes broadcast.

    Parameters
    ----------
    temp_dry_bulb_c, temp_dew_point_c : array_like
        Outside air, required. [°C]
    pressure_pa : array_like
        Air pressure, required. [Pa]
    temp_water_c : array_like, optional
        Lake or sea at the intake; required where the design needs one. A site without a water
        body has NaN and gets NaN for the designs that need one, never a figure. [°C]
    liquid_share : float, optional
        IT heat that cold plates take in the liquid-cooled designs; that of their table by
        default. [-]
    supply_air_c : float, optional
        Supply air of sealed halls, rooms of liquid-cooled ones among them; that of the tables by
        default. Halls of outside air follow the envelope. [°C]
    load : array_like, default 1.0
        IT power over its rating. [-]
    inlet : str, default "A1"
        ASHRAE class whose allowable envelope the inlet air keeps, or ``recommended``.
    min_dew_point_c : float, optional
        Humidification floor; that of the class by default. [°C]
    water_class : str, default "W40"
        ASHRAE class of the facility water of liquid-cooled IT.
    intake_distance_km : array_like, default 1.0
        Intake pipe. [km]
    practice : str, optional
        Generation and operation of the plant, ``best``, ``typical`` or ``legacy``; the plant as
        designed by default.
    practice_factor : float, optional
        Its factor instead, on the energy beyond that of the IT. [-]
    electrical : ElectricalParameters, optional
        Coefficients of the electrical losses.
    part_load : PartLoadParameters, optional
        Exponents and least flows of fans and pumps.
    air : OutsideAir, optional
        The psychrometric state of that air where it is known already; worked out by default.
    """

    temp_dry_bulb_c: Required[ArrayLike]
    temp_dew_point_c: Required[ArrayLike]
    pressure_pa: Required[ArrayLike]
    temp_water_c: ArrayLike | None
    load: ArrayLike
    inlet: str
    min_dew_point_c: float | None
    water_class: str
    liquid_share: float | None
    supply_air_c: float | None
    intake_distance_km: ArrayLike | None
    practice: str | None
    practice_factor: float
    electrical: ElectricalParameters | None
    part_load: PartLoadParameters | None
    air: OutsideAir


@dataclass(frozen=True)
class Facility:
    """Facility figures per kWh of IT, in the broadcast shape of weather and water.

    Parameters
    ----------
    pue : numeric
        Energy of the facility over that of the IT, never below 1. Electricity made on site
        counts like any other. [-]
    wue_l_per_kwh : numeric
        Fresh water used and not given back: evaporated, drifted, and blown down to the drain, as
        the Green Grid's WUE counts it. [L/kWh]
    withdrawal_l_per_kwh : numeric
        Fresh water supplied, and lake or sea water drawn and given back. [L/kWh]
    mechanical_share : numeric
        Heat that a chiller lifts over all heat; an hour is free where it is below 1e-9. [-]
    heat_rejected_to_water : numeric
        Heat given to a lake or the sea. [kWh/kWh]
    fuel_kwh_per_kwh : numeric
        Gas burnt on site, lower heating value. [kWh/kWh]
    generated_kwh_per_kwh : numeric
        Electricity made from it; the grid supplies ``pue - generated_kwh_per_kwh``. [kWh/kWh]
    """

    pue: Numeric
    wue_l_per_kwh: Numeric
    withdrawal_l_per_kwh: Numeric
    mechanical_share: Numeric
    heat_rejected_to_water: Numeric
    fuel_kwh_per_kwh: Numeric
    generated_kwh_per_kwh: Numeric

    @property
    def is_free(self) -> NDArray[np.bool_] | np.bool_:
        """Mask of the steps in which no chiller runs."""
        return np.less(self.mechanical_share, FREE_COOLING)


def facility(design: Design | str, **inputs: Unpack[Inputs]) -> Facility:
    """Run one design in given weather.

    Parameters
    ----------
    design : Design or str
        Design, or its name in ``DESIGNS``.
    **inputs
        Weather and operation, see :class:`Inputs`.

    Returns
    -------
    Facility
        Read-only arrays of the broadcast shape; numbers where all inputs are numbers.
    """
    return next(iter(facility_all([design], **inputs).values()))


def facility_all(designs: Iterable[Design | str], **inputs: Unpack[Inputs]) -> dict[str, Facility]:
    """Run several designs in the same weather, its psychrometrics worked out once, by name.

    Parameters
    ----------
    designs : iterable of Design or str
        Designs, or their names.
    **inputs
        Weather and operation, see :class:`Inputs`.
    """
    shared = _conditions(inputs)
    chosen = [_design(design) for design in designs]
    return {one.name: _assemble(one, shared, _run(one, shared)) for one in chosen}


def streams(design: Design | str, **inputs: Unpack[Inputs]) -> Streams:
    """Parts of the energy and water of one design to one kWh of IT, without electrical losses.

    Parameters
    ----------
    design : Design or str
        Design, or its name.
    **inputs
        Weather and operation, see :class:`Inputs`.
    """
    return _run(_design(design), _conditions(inputs))


def facility_blocks(
    designs: Iterable[Design | str], **inputs: Unpack[Inputs]
) -> Iterator[tuple[slice, dict[str, Facility]]]:
    """Run several designs block by block of sites, so that memory stays small.

    The caller reduces each block, to annual means or to slices, before it asks for the next.

    Parameters
    ----------
    designs : iterable of Design or str
        Designs, or their names.
    **inputs
        Weather and operation, see :class:`Inputs`; arrays of two axes are (sites, steps), and
        any of them may have one row or one column.

    Yields
    ------
    slice
        Sites of the block.
    dict
        Name of the design to the ``Facility`` of those sites.
    """
    chosen = [_design(design) for design in designs]
    sites, steps = np.broadcast_shapes(
        (1, 1), *(np.shape(cast(ArrayLike, v)) for v in inputs.values() if _is_array(v))
    )
    for block in site_blocks(sites, steps):
        part = {key: _rows(value, sites, block) for key, value in inputs.items()}
        yield block, facility_all(chosen, **part)  # type: ignore[arg-type]


def _is_array(value: object) -> bool:
    return value is not None and not isinstance(
        value, str | ElectricalParameters | PartLoadParameters
    )


def _rows(value: object, sites: int, block: slice) -> object:
    """Rows of a block, where the value has a row for each site."""
    if not _is_array(value) or np.ndim(value) < 2:  # type: ignore[arg-type]
        return value
    array = np.asarray(value)
    return array[block] if array.shape[0] == sites else array


def _design(design: Design | str) -> Design:
    if isinstance(design, Design):
        return design
    if design not in DESIGNS:
        raise ValueError(f"design {design!r} is none of {', '.join(DESIGNS)}")
    return DESIGNS[design]


def air_of(inputs: Inputs) -> OutsideAir:
    """Psychrometric state of the outside air, of the shape of the weather.

    Parameters
    ----------
    inputs : Inputs
        Its weather.
    """
    dry, dew = inputs["temp_dry_bulb_c"], inputs["temp_dew_point_c"]
    return outside_air(dry, dew, inputs["pressure_pa"])


def _conditions(inputs: Inputs) -> Conditions:
    load = np.asarray(inputs.get("load", 1.0), np.float64)
    water = inputs.get("temp_water_c")
    distance = inputs.get("intake_distance_km")
    below = inputs.get("part_load") or PartLoadParameters()
    return Conditions(
        air=inputs.get("air") or air_of(inputs),
        envelope=envelope(inputs.get("inlet", "A1"), inputs.get("min_dew_point_c")),
        water_limit_c=water_limit(inputs.get("water_class", "W40")),
        load=load,
        loss=np.asarray(electrical_loss(load, inputs.get("electrical"))),
        hall_fans=below.hall_fans(load),
        pumps=below.pumps(load),
        outdoor_fans=below.outdoor_fans(load),
        least_chiller_load=below.least_chiller_load,
        liquid_share=inputs.get("liquid_share"),
        supply_air_c=inputs.get("supply_air_c"),
        practice=inputs.get("practice_factor", practice_factor(inputs.get("practice"))),
        block_mw=0.0,
        temp_water_c=None if water is None else np.asarray(water, np.float64),
        intake_distance_km=np.asarray(
            DEFAULT_INTAKE_KM if distance is None else distance, np.float64
        ),
    )


def _run(design: Design, shared: Conditions) -> Streams:
    return design.run(design.parameters, replace(shared, block_mw=design.block_mw))


def _assemble(design: Design, c: Conditions, s: Streams) -> Facility:
    """Add the parts up; a part that does not vary is broadcast, not copied.

    What the practice adds to the energy of the plant is heat that the same plant rejects, so all
    that goes with the heat grows with it.
    """
    known = 0.0 if c.temp_water_c is None or not design.needs else 0.0 * c.temp_water_c
    fresh = s.evaporated + s.drift + s.blow_down + known  # nothing is known of a missing lake
    beyond = c.loss + s.losses + s.fans + s.pumps + s.compressors
    pue = 1.0 + c.practice * beyond
    more = 1.0 if c.practice == 1.0 else pue / (1.0 + beyond)
    parts = {
        "pue": pue,
        "wue_l_per_kwh": fresh * more,
        "withdrawal_l_per_kwh": (fresh + s.once_through) * more,
        "mechanical_share": s.mechanical_share,
        "heat_rejected_to_water": s.heat_to_water * more,
        "fuel_kwh_per_kwh": s.fuel * more,
        "generated_kwh_per_kwh": s.generated * more,
    }
    arrays = {name: np.asarray(part, np.float64) for name, part in parts.items()}
    shapes = [array.shape for array in arrays.values()]
    shape = np.broadcast_shapes(c.air.temp_dry_bulb_c.shape, *shapes)
    return Facility(**{name: np.broadcast_to(a, shape)[()] for name, a in arrays.items()})
