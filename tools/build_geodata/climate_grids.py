"""Grids of the world behind the weather: normals of temperature and humidity, and relief."""

from __future__ import annotations

import gzip
from pathlib import Path

import netCDF4
import numpy as np
import numpy.typing as npt

__all__ = ["era5_arrays", "humidity_arrays", "read_netcdf", "relief_arrays"]

#: Southernmost row of the grids: there is nothing to build in Antarctica.
_SOUTH = -60.0
#: Of GPT2w: acceleration of gravity [m/s²], molar mass of dry air [kg/mol], gas constant
#: [J/(mol K)], and the bounds within which the decrease factor is sound (Böhm et al. 2015).
_GRAVITY, _MOLAR_MASS, _GAS_CONSTANT = 9.80665, 0.028965, 8.3143
_LAMBDA_FROM, _LAMBDA_TO = 0.5, 6.0


def era5_arrays(grids: Path) -> dict[str, npt.NDArray[np.generic]]:
    """Monthly 2 m temperature, 0.25°, in tenths of a degree.

    The source names the unit K; its values are °C (Guiyang 15.5, Singapore 27).
    """
    source = np.load(grids / "era5_t2m_monthly_2000_2025_025deg.npz")
    lat = source["lat"].astype(np.float64)
    values = (
        source["t2m_C_x100"][:, lat >= _SOUTH, :]
        if lat[0] > lat[-1]
        else (source["t2m_C_x100"][:, lat >= _SOUTH, :][:, ::-1, :])
    )
    tenths = np.round(values / 10.0).astype(np.int16)
    return {"temp_c_x10": tenths, "north": np.array(90.0), "step": np.array(0.25)}


def humidity_arrays(humidity: Path) -> dict[str, npt.NDArray[np.generic]]:
    """Monthly vapour pressure and its decrease with height, 1°, nodes in the middle of cells.

    Only the humidity of GPT2w is taken: its temperature is that of a coarse orography.
    """
    with np.load(humidity / "gpt2w_surface_humidity_monthly_1deg.npz") as source:
        kept = source["lat"] > _SOUTH
        vapour, kelvin, pressure, decrease = (
            source[name][:, kept].astype(np.float64) / unit
            for name, unit in (
                ("e_hPa_x100", 100.0), ("t_C_x100", 100.0), ("p_hPa_x10", 10.0),
                ("lambda_x1000", 1000.0),
            )
        )  # fmt: skip
        height = source["hs_m"][kept]
    virtual_k = (kelvin + 273.15) * (1.0 + 0.61 * 0.622 * vapour / pressure)
    per_m = _GRAVITY * _MOLAR_MASS / (_GAS_CONSTANT * virtual_k)
    per_m *= np.clip(decrease, _LAMBDA_FROM, _LAMBDA_TO) + 1.0
    return {
        "vapour_hpa_x100": np.round(vapour * 100.0).astype(np.int16),
        "decrease_per_km_x1000": (np.round(per_m * 100_000.0) * 10.0).astype(np.int16),
        "vapour_height_m": height.astype(np.int16),
        "north": np.array(89.5),
        "step": np.array(1.0),
    }


def read_netcdf(path: Path) -> netCDF4.Dataset:
    """Open a gzipped netCDF file in memory."""
    return netCDF4.Dataset("memory", memory=gzip.decompress(path.read_bytes()))


def relief_arrays(grids: Path) -> dict[str, npt.NDArray[np.generic]]:
    """Height of the land, on the grid of the normals (bilinear in the 20' relief)."""
    from scipy.interpolate import RegularGridInterpolator

    data = read_netcdf(grids / "etopo20.cdf.gz")
    lon = np.asarray(data["ETOPO20X1_1081"][:1080])
    lat = np.asarray(data["ETOPO20Y"][:])
    height = np.maximum(np.asarray(data["ROSE"][:, :1080], dtype=np.float64), 0.0)
    lon = np.r_[lon[-1] - 360.0, lon, lon[0] + 360.0]
    height = np.c_[height[:, -1], height, height[:, 0]]
    look_up = RegularGridInterpolator((lat, lon), height, bounds_error=False, fill_value=None)
    rows, columns = np.arange(90.0, _SOUTH - 0.01, -0.25), np.arange(0.0, 360.0, 0.25)
    grid_lat, grid_lon = np.meshgrid(rows, (columns - 20.0) % 360.0 + 20.0, indexing="ij")
    metres = np.round(np.maximum(look_up((grid_lat, grid_lon)), 0.0)).astype(np.int16)
    return {"height_m": metres, "north": np.array(90.0), "step": np.array(0.25)}
