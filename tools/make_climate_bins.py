"""Condense typical years into the climate bins that the physics tests run on.

    python -m tools.make_climate_bins --sources FOLDER

FOLDER is ``geodata-sources/climate``. Each year of 8,760 hours becomes bins of 2 K of dry bulb by
2 K of dew point: mean of either, and hours. These are statistics, not the series themselves.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

__all__ = ["PLACES", "bin_year", "main"]

BINS = Path(__file__).parents[1] / "tests" / "fixtures" / "climate_bins.csv"
WIDTH_K = 2.0
COLUMNS = ("place", "temp_dry_bulb_c", "temp_dew_point_c", "pressure_pa", "hours")
HEADER = (
    "# Hours of a typical year by 2 K of dry bulb and 2 K of dew point: bin means, derived.\n"
    "# US places: NREL TMY3 (National Solar Radiation Data Base). Lulea, Stockholm, Hamburg,\n"
    "# Singapore: TMYx of climate.onebuilding.org (NOAA ISD). Chinese places: China Standard\n"
    "# Weather Data (China Meteorological Bureau and Tsinghua University).\n"
    "# Written by tools/make_climate_bins.py.\n"
)

_US, _FILL, _CHINA = "us_tmy3/us_tmy3", "fill/tmyx", "china_cswd/china_cswd"
PLACES = {
    "lulea": (_FILL, "SWE_NB_Lulea"),
    "stockholm": (_FILL, "SWE_ST_Stockholm.Arlanda"),
    "hamburg": (_FILL, "DEU_HH"),
    "singapore": (_FILL, "SGP"),
    "prineville": (_US, "OR-Redmond"),
    "des_moines": (_US, "IA-Des_Moines"),
    "phoenix": (_US, "AZ-Phoenix"),
    "cheyenne": (_US, "WY-Cheyenne"),
    "quincy_wa": (_US, "WA-Ephrata"),
    "san_antonio": (_US, "TX-San_Antonio_Intl"),
    "chicago": (_US, "IL-Chicago_Ohare"),
    "golden": (_US, "CO-Denver_Centennial"),
    "forest_city": (_US, "NC-Hickory"),
    "boydton": (_US, "VA-Danville"),
    "guiyang": (_CHINA, "CHN_Guizhou.Guiyang"),
    "tunxi": (_CHINA, "CHN_Anhui.Tunxi"),
    "qionghai": (_CHINA, "CHN_Hainan.Qionghai"),
}
"""Place to archive and start of the file name; Tunxi stands for Qiandao Lake."""


def bin_year(
    dry: np.ndarray, dew: np.ndarray, pressure: np.ndarray
) -> list[tuple[float, float, float, int]]:
    """Bins of one year: mean dry bulb, dew point and pressure, and hours."""
    cells = np.column_stack([np.floor(dry / WIDTH_K), np.floor(dew / WIDTH_K)])
    _, which, hours = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    means = [np.bincount(which, weights=x) / hours for x in (dry, dew, pressure)]
    return [(*(float(m[i]) for m in means), int(h)) for i, h in enumerate(hours)]  # type: ignore[misc]


def main() -> None:
    """Write the fixture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sources", type=Path, required=True)
    sources = parser.parse_args().sources
    with BINS.open("w", encoding="utf-8", newline="") as out:
        out.write(HEADER)
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for place, (archive, file) in PLACES.items():
            row = _row(sources / archive, file)
            hourly = np.load(sources / f"{archive}_hourly.npz")
            dry = hourly["t_db_x10"][row] / 10.0
            dew = np.minimum(hourly["t_dp_x10"][row] / 10.0, dry)
            for t, d, p, h in bin_year(dry, dew, hourly["p_hPa"][row] * 100.0):
                writer.writerow([place, f"{t:.2f}", f"{d:.2f}", f"{p:.0f}", h])


def _row(archive: Path, file: str) -> int:
    index = archive.parent / ("tmyx_index.csv" if "tmyx" in archive.name else "index.csv")
    with index.open(encoding="utf-8") as lines:
        return next(int(r["i"]) for r in csv.DictReader(lines) if r["file"].startswith(file))


if __name__ == "__main__":
    main()
