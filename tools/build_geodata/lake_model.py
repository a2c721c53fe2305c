"""Temperature of a lake by depth and month, from the air temperature above it.

A column of horizontal slices exchanges heat at its top and mixes downward: by wind to a depth that
grows with the size of the lake, by overturning wherever it is unstable, and by weak turbulence
below. Many lakes are run at once until the year repeats.

References
----------
.. [1] Edinger, Duttweiler and Geyer (1968), The response of water temperatures to meteorological
   conditions. Water Resour. Res. 4, 1137-1143: equilibrium temperature and exchange coefficient.
.. [2] Hanna (1990), Evaluation of models predicting mixing depth. Can. J. Fish. Aquat. Sci. 47,
   940-947: depth of the thermocline = 6.95 L^0.185, L the maximum effective length in km.
.. [3] Hondzo and Stefan (1993), Lake water temperature simulation model. J. Hydraul. Eng. 119,
   1251-1273: turbulent diffusivity = 8.17e-4 A^0.56 (N²)^-0.43 in cm²/s, A in km².
.. [4] Chen and Millero (1986), as the quadratic fit about the temperature of greatest density.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from siting.arrays import FloatArray

__all__ = ["Lakes", "Settings", "monthly_profiles"]

_DAY_S = 86_400.0
_WATER = 4.186e6  # J/(m³ K)
_GRAVITY = 9.81
_ICE_CONDUCTIVITY = 2.2  # W/(m K)
_ICE_LATENT = 3.06e8  # J/m³
_MONTH_MIDDLE_D = np.array([15.5, 45, 74.5, 105, 135.5, 166, 196.5, 227.5, 258, 288.5, 319, 349.5])


@dataclass(frozen=True)
class Settings:
    """Settings of the model; the first three were set by comparison, see the validation.

    Parameters
    ----------
    exchange : float
        Surface exchange coefficient [1]_. [W/(m² K)]
    turbulence : float
        Factor on the diffusivity of [3]_. [-]
    mixing : float
        Factor on the mixing depth of [2]_. [-]
    turbulent_km2 : float
        Area put into [3]_ for every lake: as fitted on lakes under 10 km² its growth with area
        neither holds for great lakes nor for a small windy one. [km²]
    layers, years : int
        Slices of the column, and years run until the last repeats.
    """

    exchange: float = 30.0
    turbulence: float = 0.7
    mixing: float = 1.0
    turbulent_km2: float = 100.0
    layers: int = 60
    years: int = 12


@dataclass(frozen=True)
class Lakes:
    """Lakes to be run, one value a lake.

    Parameters
    ----------
    equilibrium_c : ndarray, shape (n, 12)
        Temperature at which the surface would neither gain nor lose heat, by month. [°C]
    area_km2, mean_depth_m, max_depth_m : ndarray, shape (n,)
        Morphometry.
    """

    equilibrium_c: FloatArray
    area_km2: FloatArray
    mean_depth_m: FloatArray
    max_depth_m: FloatArray


def _daily(monthly: FloatArray) -> FloatArray:
    """Monthly means as 365 days, linear between the middles of the months."""
    days = np.arange(365) + 0.5
    around = np.r_[_MONTH_MIDDLE_D[-1] - 365.0, _MONTH_MIDDLE_D, _MONTH_MIDDLE_D[0] + 365.0]
    rows = [np.interp(days, around, np.r_[row[-1], row, row[0]]) for row in monthly]
    return np.array(rows)


def _density(temp: FloatArray) -> FloatArray:
    """Density of fresh water, greatest at 3.98 °C [kg/m³]."""
    density: FloatArray = 999.97 * (1.0 - 6.9e-6 * (temp - 3.98) ** 2)
    return density


def _solve(lower: FloatArray, main: FloatArray, upper: FloatArray, right: FloatArray) -> FloatArray:
    """Thomas algorithm over the second axis, all lakes together."""
    ratio, value = np.empty_like(upper), np.empty_like(right)
    ratio[:, 0], value[:, 0] = upper[:, 0] / main[:, 0], right[:, 0] / main[:, 0]
    for k in range(1, main.shape[1]):
        pivot = main[:, k] - lower[:, k] * ratio[:, k - 1]
        ratio[:, k] = upper[:, k] / pivot
        value[:, k] = (right[:, k] - lower[:, k] * value[:, k - 1]) / pivot
    for k in range(main.shape[1] - 2, -1, -1):
        value[:, k] -= ratio[:, k] * value[:, k + 1]
    return value


def _column(lakes: Lakes, layers: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Thickness (n, 1), depth of the middles (n, N), area at the edges (n, N + 1), volume (n, N).

    The area falls as (1 - z/zmax)^p with p such that the mean depth is right.
    """
    power = np.maximum(lakes.max_depth_m / lakes.mean_depth_m - 1.0, 0.1)[:, None]
    edge = np.linspace(0.0, 1.0, layers + 1)[None, :]
    area = np.maximum((1.0 - edge) ** power, 1e-4)
    thickness = (lakes.max_depth_m / layers)[:, None]
    middle = (np.arange(layers) + 0.5) * thickness
    return thickness, middle, area, 0.5 * (area[:, :-1] + area[:, 1:]) * thickness


def _conductance(
    temp: FloatArray,
    depth: FloatArray,
    thickness: FloatArray,
    lakes: Lakes,
    settings: Settings,
    open_water: npt.NDArray[np.bool_],
) -> FloatArray:
    """Diffusivity at the inner edges, shape (n, N - 1) [m²/s]."""
    gradient = np.diff(_density(temp), axis=1) / thickness
    stability = np.maximum(_GRAVITY / 1000.0 * gradient, 7.5e-5)
    size = settings.turbulent_km2**0.56
    turbulent = settings.turbulence * 8.17e-8 * size * stability**-0.43
    mixed = settings.mixing * 6.95 * (2.0 * np.sqrt(lakes.area_km2 / np.pi)) ** 0.185
    edge = 0.5 * (depth[:, :-1] + depth[:, 1:])
    stirred = (edge < mixed[:, None]) & open_water[:, None]
    unstable = gradient < -1e-6
    return np.where(unstable, 1e-1, np.where(stirred, 1e-3, turbulent))


def _surface(
    temp: FloatArray, ice: FloatArray, equilibrium: FloatArray, exchange: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Flux into the water as coefficient and temperature, and the ice of the next day.

    Under ice the water meets 0 °C; ice grows by conduction and melts from above.
    """
    frozen = ice > 0.0
    through = exchange / (1.0 + exchange * ice / _ICE_CONDUCTIVITY)
    growth = np.where(equilibrium < 0.0, -equilibrium * through, -equilibrium * exchange)
    grown = np.maximum(ice + growth * _DAY_S / _ICE_LATENT, 0.0)
    starts = ~frozen & (temp[:, 0] <= 0.0) & (equilibrium < 0.0)
    first = np.where(starts, 0.01, 0.0)
    coefficient = np.where(frozen, 2.0, exchange)
    return coefficient, np.where(frozen, 0.0, equilibrium), np.where(frozen, grown, first)


def monthly_profiles(
    lakes: Lakes, depths_m: FloatArray, settings: Settings | None = None
) -> tuple[FloatArray, FloatArray]:
    """Monthly mean temperatures in the last year of the run.

    Parameters
    ----------
    lakes : Lakes
        What to run.
    depths_m : ndarray, shape (n, k)
        Depths asked for each lake; those below the bottom give the bottom. [m]
    settings : Settings, optional
        Of the model.

    Returns
    -------
    at_depth : ndarray, shape (n, k, 12)
        [°C]
    surface : ndarray, shape (n, 12)
        Mean of the top slice. [°C]
    """
    setting = settings or Settings()
    thickness, depth, area, volume = _column(lakes, setting.layers)
    forcing = _daily(lakes.equilibrium_c)
    start = np.maximum(lakes.equilibrium_c.mean(axis=1), 4.0)
    temp = np.repeat(start[:, None], setting.layers, axis=1)
    ice = np.zeros(len(temp))
    days = np.empty((365, *temp.shape))
    for day in range(365 * setting.years):
        flux, level, next_ice = _surface(temp, ice, forcing[:, day % 365], setting.exchange)
        mixing = _conductance(temp, depth, thickness, lakes, setting, ice <= 0.0)
        link = mixing * area[:, 1:-1] / thickness * _DAY_S
        top = flux / _WATER * _DAY_S
        main, right = volume.copy(), volume * temp
        main[:, 1:] += link
        main[:, :-1] += link
        main[:, 0] += top
        right[:, 0] += top * level
        zero = np.zeros((len(temp), 1))
        temp = _solve(np.hstack([zero, -link]), main, np.hstack([-link, zero]), right)
        temp[:, 0] = np.maximum(temp[:, 0], 0.0)
        ice = next_ice
        days[day % 365] = temp
    ends = np.cumsum((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31))
    months = np.array([part.mean(axis=0) for part in np.split(days, ends[:-1])])
    at_depth = [
        [np.interp(depths_m[i], depth[i], month[i]) for month in months] for i in range(len(temp))
    ]
    return np.array(at_depth).transpose(0, 2, 1), months[:, :, 0].T
