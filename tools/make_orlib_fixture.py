"""Turn OR-Library capacitated warehouse instances into the test fixture of this project.

Usage: python -m tools.make_orlib_fixture FOLDER, where FOLDER holds cap*.txt and optima.csv.
The figures are those of J. E. Beasley's OR-Library (capacitated warehouse location).
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / "tests" / "fixtures" / "orlib.json"


def read_instance(path: Path) -> dict[str, object]:
    """Capacities, opening costs, demands and the cost of serving all of a customer."""
    numbers = iter(path.read_text().split())
    warehouses, customers = int(next(numbers)), int(next(numbers))
    capacity, opening = [], []
    for _ in range(warehouses):
        capacity.append(float(next(numbers)))
        opening.append(float(next(numbers)))
    demand, cost = [], []
    for _ in range(customers):
        demand.append(float(next(numbers)))
        cost.append([float(next(numbers)) for _ in range(warehouses)])
    return {"capacity": capacity, "opening": opening, "demand": demand, "cost": cost}


def main(folder: Path) -> None:
    """Write the fixture."""
    instances = {}
    with (folder / "optima.csv").open() as rows:
        for row in csv.DictReader(rows):
            if row["problem"].startswith("CFLP"):
                name = Path(row["file"]).stem
                instance = read_instance(folder / f"{name}.txt")
                instances[name] = {"optimum": float(row["published_optimum"]), **instance}
    OUT.write_text(json.dumps(instances, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
