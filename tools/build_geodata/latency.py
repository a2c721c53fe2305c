"""Measured round trips between metros with cloud regions: the corridors of the network.

Medians of two clouds: Azure (private backbone) and AWS (public TCP endpoints). Regions within 60 km
of each other are one metro, and a pair has the mean of all that was measured between its ends, both
directions and both clouds.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from siting.geo import sphere_km
from tools.build_geodata.common import SourceRow, write_csv

__all__ = ["build", "measured_regions"]

#: Regions nearer than this are one metro. [km]
METRO_KM = 60.0
METROS, PAIRS = "latency_metros.csv", "latency_pairs.csv"
_AZURE = "Azure network round-trip latency statistics, Microsoft Learn (az-scout-plugin)"
_AWS = "AWS inter-region round trips of cloudping.co, July 2025 (commonwarexyz/monorepo)"


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write the metros and the pairs."""
    regions, rtt = measured_regions(sources)
    metro = _metros(regions)
    places = regions.groupby(metro).agg(
        name=("name", "first"), lat=("lat", "mean"), lon=("lon", "mean"), regions=("name", "size")
    )
    places.index.name = "metro"
    pairs = rtt.assign(a=metro[rtt["a"]].to_numpy(), b=metro[rtt["b"]].to_numpy())
    pairs = pairs[pairs["a"] != pairs["b"]]
    ends = np.sort(pairs[["a", "b"]].to_numpy(), axis=1)
    pairs = pairs.assign(a=ends[:, 0], b=ends[:, 1])
    table = pairs.groupby(["a", "b"]).agg(rtt_ms=("rtt_ms", "mean"), clouds=("cloud", "nunique"))
    write_csv(places.reset_index(), out / METROS, 3)
    write_csv(table.reset_index(), out / PAIRS, 2)
    return _sources()


def measured_regions(sources: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Regions (cloud, name, lat, lon) and round trips between them (cloud, a, b, rtt_ms)."""
    azure, aws = _azure(sources), _aws(sources)
    regions = pd.concat([azure[0], aws[0]], ignore_index=True)
    second = aws[1].assign(a=aws[1]["a"] + len(azure[0]), b=aws[1]["b"] + len(azure[0]))
    return regions, pd.concat([azure[1], second], ignore_index=True)


def _azure(sources: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    path = sources / "latency" / "azure_region_coordinates.json"
    where = {p["displayName"]: p for p in json.loads(path.read_text(encoding="utf-8")).values()}
    matrix = pd.read_csv(sources / "latency" / "azure_inter_region_p50_rtt_ms.csv")
    matrix = matrix.set_index("Source")
    names = sorted(set(matrix.index) & set(where))
    regions = pd.DataFrame(
        {
            "cloud": "azure",
            "name": names,
            "lat": [float(where[name]["lat"]) for name in names],
            "lon": [float(where[name]["lon"]) for name in names],
        }
    )
    values = matrix.reindex(index=names, columns=names).to_numpy(dtype=float)
    return regions, _pairs("azure", values)


def _aws(sources: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    folder = sources / "latency" / "more"
    places = pd.read_csv(folder / "aws_region_coordinates.csv").sort_values("region")
    regions = pd.DataFrame({"cloud": "aws", "name": places["city"], "lat": places["lat"],
                            "lon": places["lon"]}).reset_index(drop=True)  # fmt: skip
    rows = pd.read_csv(folder / "aws_inter_region_rtt_ms.csv")
    matrix = rows.pivot(index="from", columns="to", values="p50_ms_2025_07")
    matrix = matrix.reindex(index=places["region"], columns=places["region"])
    return regions, _pairs("aws", matrix.to_numpy(dtype=float))


def _pairs(cloud: str, matrix: np.ndarray) -> pd.DataFrame:
    """Every ordered pair that was measured, without the diagonal."""
    a, b = np.nonzero(np.isfinite(matrix) & ~np.eye(len(matrix), dtype=bool))
    return pd.DataFrame({"cloud": cloud, "a": a, "b": b, "rtt_ms": matrix[a, b]})


def _metros(regions: pd.DataFrame) -> pd.Series:
    """Number of the metro of each region: that of the first region within reach."""
    lon, lat = regions["lon"].to_numpy(), regions["lat"].to_numpy()
    found = np.full(len(regions), -1)
    for i in range(len(regions)):
        if found[i] < 0:
            near = np.asarray(sphere_km(lon[i], lat[i], lon, lat)) < METRO_KM
            found[near & (found < 0)] = found.max() + 1
    return pd.Series(found, index=regions.index)


def _sources() -> list[SourceRow]:
    origin, licence = f"{_AZURE}; {_AWS}", "CC BY 4.0; facts, with attribution"
    method = (
        "median round trips between regions, both directions and both clouds averaged; regions "
        f"within {METRO_KM:g} km are one metro"
    )
    return [
        SourceRow(METROS, "*", origin, licence, "2025", "degrees", method, "derived"),
        SourceRow(PAIRS, "rtt_ms", origin, licence, "2025", "ms", method, "measured"),
    ]
