"""One small program a family, as LP text, so that a change of a formulation shows as a difference.

``python -m tests.helpers.golden`` writes tests/golden/<family>.lp again, after a change that is
meant; look at the difference before it is committed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
from pulp import LpProblem, lpSum

from siting.coefficients import Coefficients
from siting.coefficients.halls import Scale, Vintages
from siting.coefficients.instance import Instance, State
from siting.mip import build_model
from siting.mip.benders.site_program import site_model
from siting.mip.model.build import add_measure, needs_measure
from siting.mip.model.demand_classes import merge_demand
from tests.helpers.instances import random_instance, with_limits
from tests.helpers.operations import FAMILIES as OPERATIONS
from tests.helpers.operations import with_calendar
from tests.helpers.structures import FAMILIES as STRUCTURES

HERE = Path(__file__).parents[1] / "golden"

__all__ = ["CASES", "HERE", "PARTS", "base", "lp_text"]


def base() -> Coefficients:
    """Two sites, two designs, two regions, two slices; numbers of two decimals."""
    c = random_instance(3, sites=2, designs=2, regions=2, slices=2, sources=1)
    return rounded(with_calendar(c, np.random.default_rng(3)))


def rounded(c: Coefficients) -> Coefficients:
    """The same problem with numbers that are easy to read."""
    short = {
        f.name: np.round(getattr(c, f.name), 2)
        for f in fields(c)
        if isinstance(getattr(c, f.name), np.ndarray) and getattr(c, f.name).dtype.kind == "f"
    }
    return replace(c, **short)


def _with(name: str) -> Coefficients:
    c = base()
    made = OPERATIONS[name](c, np.random.default_rng(5))
    operation = replace(c.operation, **{key: _short(part) for key, part in made.items()})
    return replace(c, operation=operation)


def _structured(name: str) -> Coefficients:
    c = base()
    made = STRUCTURES[name](c, np.random.default_rng(5))
    parts = {f.name: getattr(made, f.name) for f in fields(made)}
    short = {k: _short(v) for k, v in parts.items() if k != "designs_per_site" and v is not None}
    return replace(c, structure=replace(made, **short))


def _resident() -> Coefficients:
    """Users of the first region are served at the first site alone."""
    c = base()
    allowed = np.ones_like(c.eligible)
    allowed[:, 0, 1] = False
    return replace(c, eligible=c.eligible & allowed)


def _design_sizes() -> Coefficients:
    """The second design is built with 12 MW or more."""
    return with_limits(base(), design_mw=((None, None), (12.0, None)))


def _accepted() -> Coefficients:
    """The second workload takes the second design alone."""
    c = base()
    accepts = np.array([[True, True], [False, True]])
    return replace(c, structure=replace(c.structure, accepts=accepts))


def _price_steps() -> Coefficients:
    """Halls cost 1.2 up to 10 MW of a design at a site, 1 up to 25 MW and 0.9 beyond."""
    scale = Scale(np.array([0.0, 10.0, 25.0]), np.array([1.2, 1.0, 0.9]))
    return replace(base(), scale=scale)


def _expansion() -> Instance:
    """Two periods of five and ten years; demand grows by half."""
    c = base()
    grown = replace(c, demand_mw=np.round(1.5 * c.demand_mw, 2))
    states = (State(c, 0, 0, 1.0, 1 / 3, 0.4), State(grown, 1, 0, 1.0, 2 / 3, 0.6))
    return Instance(states, (2030, 2035))


def _vintages() -> Instance:
    """Three periods; halls get cheaper, of one design only at last, and embody less; one ends."""
    c = base()
    cost = np.array([[1.0, 1.0], [0.9, 1.0], [0.8, 0.7]])[:, c.pair_design]
    carbon = np.array([[1.0, 1.0], [1.0, 1.0], [0.5, 0.5]])[:, c.pair_design]
    available = np.array([[True, False], [True, True], [False, True]])[:, c.pair_design]
    states = []
    for y, share in enumerate((0.5, 0.3, 0.2)):
        vintages = Vintages(
            cost[: y + 1], carbon[: y + 1], available[: y + 1],
            np.round(0.5 * c.fixed_carbon_t_per_mw, 2),
        )  # fmt: skip
        room = np.where(vintages.ever_available, c.max_modules, 0)
        grown = replace(
            c,
            demand_mw=np.round((1.0 + 0.5 * y) * c.demand_mw, 2),
            max_modules=room,
            vintages=vintages,
        )
        states.append(State(grown, y, 0, 1.0, 1 / 3, share))
    return Instance(tuple(states), (2030, 2035, 2040))


def _cvar() -> Instance:
    """A normal year and one with a dirtier grid, at the tail of a quarter."""
    c = base()
    dirty = replace(c, grid_carbon_t_per_mwh=np.round(2 * c.grid_carbon_t_per_mwh, 2))
    states = (State(c, 0, 0, 0.8), State(dirty, 0, 1, 0.2))
    return Instance(states, (0,), ("normal", "dirty"), "cvar", 0.75)


def _short(part: object) -> object:
    if isinstance(part, tuple):
        return tuple(_short(one) for one in part)
    found = {f.name: getattr(part, f.name) for f in fields(part)}  # type: ignore[arg-type]
    numbers = {k: v for k, v in found.items() if isinstance(v, float | np.ndarray)}
    return replace(
        part,  # type: ignore[type-var]
        **{
            k: np.round(v, 2)
            for k, v in numbers.items()
            if isinstance(v, float) or v.dtype.kind == "f"
        },
    )


#: Case of each family; ``base`` has none on.
CASES: Mapping[str, Callable[[], Coefficients | Instance]] = {
    "base": base,
    **{name: (lambda name=name: _with(name)) for name in OPERATIONS},
    **{name: (lambda name=name: _structured(name)) for name in STRUCTURES},
    "design_sizes": _design_sizes,
    "price_steps": _price_steps,
    "accepted": _accepted,
    "residency": _resident,
    "expansion": _expansion,
    "vintages": _vintages,
    "cvar": _cvar,
}


def lp_text(problem: Coefficients | Instance, *, decomposed: bool = False) -> str:
    """The program in LP format: the least carbon, or cost where the price of halls differs."""
    model = build_model(problem, decomposed=decomposed)
    if needs_measure(model.instance):
        model.problem.setObjective(add_measure(model, {"carbon_t_co2e": 1.0}, ()))
    else:
        aged = model.coefficients.vintages is not None or model.coefficients.scale is not None
        model.problem.setObjective(model.expression("cost_usd" if aged else "carbon_t_co2e"))
    return _written(model.problem)


def _written(problem: LpProblem) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.lp"
        problem.writeLP(str(path))
        return path.read_text(encoding="utf-8")


def master_text() -> str:
    """The master of the base case: its slices are left to the sites."""
    return lp_text(base(), decomposed=True)


def site_text() -> str:
    """The program of the first site, with storage, at the least import from the grid."""
    c = _with("storage")
    model = site_model(c, merge_demand(c), 0)
    model.problem.setObjective(lpSum(x for row in model.variables.grid_mw for x in row))
    return _written(model.problem)


#: Parts of the decomposed program.
PARTS: Mapping[str, Callable[[], str]] = {"master": master_text, "site_program": site_text}


def write() -> None:
    """Write every golden file."""
    for name, case in CASES.items():
        (HERE / f"{name}.lp").write_text(lp_text(case()), encoding="utf-8")
    for name, text in PARTS.items():
        (HERE / f"{name}.lp").write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    write()
