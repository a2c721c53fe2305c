"""Outside air: its psychrometric state, worked out once and shared by every design."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import FloatArray
from siting.physics import psychrometrics
from siting.physics.wet_bulb import solve_wet_bulb

__all__ = ["OutsideAir", "outside_air"]

DEW_TOLERANCE_K = 0.01


@dataclass(frozen=True)
class OutsideAir:
    """State of the outside air; what is derived is computed on first use and kept.

    Parameters
    ----------
    temp_dry_bulb_c, temp_dew_point_c : numpy.ndarray
        Dry bulb and dew point, one shape. [°C]
    pressure_pa : numpy.ndarray
        Air pressure, may be narrower, such as (sites, 1). [Pa]
    """

    temp_dry_bulb_c: FloatArray
    temp_dew_point_c: FloatArray
    pressure_pa: FloatArray

    @cached_property
    def humidity_ratio(self) -> FloatArray:
        """Humidity ratio. [kg/kg]."""
        return np.asarray(psychrometrics.humidity_ratio(self.temp_dew_point_c, self.pressure_pa))

    @cached_property
    def enthalpy(self) -> FloatArray:
        """Enthalpy. [kJ/kg of dry air]."""
        return np.asarray(psychrometrics.enthalpy(self.temp_dry_bulb_c, self.humidity_ratio))

    @cached_property
    def temp_wet_bulb_c(self) -> FloatArray:
        """Thermodynamic wet bulb. [°C]."""
        pressure = np.broadcast_to(self.pressure_pa, self.temp_dry_bulb_c.shape)
        return solve_wet_bulb(
            self.temp_dry_bulb_c, self.temp_dew_point_c, self.humidity_ratio, pressure
        )


def outside_air(
    temp_dry_bulb_c: ArrayLike, temp_dew_point_c: ArrayLike, pressure_pa: ArrayLike
) -> OutsideAir:
    """Check the weather and wrap it.

    Parameters
    ----------
    temp_dry_bulb_c, temp_dew_point_c : array_like
        Dry bulb and dew point, the dew point not above the dry bulb. [°C]
    pressure_pa : array_like
        Air pressure. [Pa]

    Returns
    -------
    OutsideAir
        Arrays of the broadcast shape of all three.

    Raises
    ------
    ValueError
        Where a value is missing or a dew point lies above its dry bulb: cleaning weather is the
        work of whoever read it, never of the physics.
    """
    given = (temp_dry_bulb_c, temp_dew_point_c, pressure_pa)
    dry, dew, pressure = (np.asarray(x, dtype=np.float64) for x in given)
    shape = np.broadcast_shapes(dry.shape, dew.shape, pressure.shape)
    if not (np.isfinite(dry).all() and np.isfinite(dew).all() and np.isfinite(pressure).all()):
        raise ValueError("weather has missing values; leave those sites out before the physics")
    if (pressure <= 0.0).any():
        raise ValueError("air pressure must be positive, in Pa")
    if (dew > dry + DEW_TOLERANCE_K).any():
        raise ValueError("a dew point lies above its dry bulb; clip it where the weather is read")
    dry = np.broadcast_to(dry, shape)
    return OutsideAir(dry, np.broadcast_to(np.minimum(dew, dry), shape), pressure)
