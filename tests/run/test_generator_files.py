"""A planner's own table of generators, and heat rates that depend on the load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.catalogue import Catalogue
from siting.catalogue.given_figures import GENERATOR_COLUMNS, read_generators
from siting.catalogue.power_files import read_connections, read_ppas
from siting.catalogue.templates import TEMPLATES, write_template
from siting.coefficients.inputs import check_inputs
from siting.config import study_from_mapping
from siting.config.supply import GeneratorOffer
from siting.errors import DataError, StudyError
from siting.physics.parameters import GENERATORS
from siting.run import solve_study
from siting.supply.power import fuel_segments, generator_offers

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

BASE: dict[str, Any] = {
    "name": "own_units",
    "candidates": {"sites": ["lulea"]},
    "demand": {
        "regions": "europe",
        "workloads": [{"name": "training", "it_mw": 40, "max_rtt_ms": None}],
    },
    "designs": ["air_economizer"],
    "supply": {"contracts": [], "year": 2030},
    "time": {"slices": 12},
    "objective": {"weights": {"energy": 0, "carbon": 0, "water": 0, "cost": 1}},
    "solver": {"gap": 1e-4, "time_limit_s": 60},
}
TABLE = (
    "name,kind,max_units,unit_mw,capex_usd_per_kw,min_load,efficiency_by_load,where\n"
    "engine,gas_engine,8,10,900,,,\n"
    "cell,fuel_cell,9,10,1200,0.5,0.5: 0.5; 0.8: 0.55; 1: 0.52,lulea; DEU\n"
)


def _written(folder: Path, text: str) -> Path:
    path = folder / "generators.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _offer(**given: Any) -> GeneratorOffer:
    first = {"name": "x", "kind": "gas_turbine", "max_units": 1}
    return GeneratorOffer.model_validate({**first, **given})


def test_a_table_says_what_a_study_would(tmp_path: Path) -> None:
    engine, cell = read_generators(_written(tmp_path, TABLE), ())
    assert engine == GeneratorOffer(
        name="engine", kind="gas_engine", max_units=8, unit_mw=10, capex_usd_per_kw=900
    )
    assert engine.figure("efficiency") == 0.42  # an empty cell takes the built-in figure
    assert cell.where == ("lulea", "DEU")
    assert cell.efficiency_by_load == ((0.5, 0.5), (0.8, 0.55), (1.0, 0.52))
    assert set(GENERATOR_COLUMNS) == set(GeneratorOffer.model_fields)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_templates_of_power_are_read_as_they_are(
    catalogue: Catalogue, tmp_path: Path, suffix: str
) -> None:
    """Written by `siting new --connections --generators --ppas`, and filled in from there."""
    paths = {name: tmp_path / f"{name}{suffix}" for name in ("connections", "generators", "ppas")}
    for name, path in paths.items():
        write_template(TEMPLATES[name].sheets(), path)
    [step] = read_connections(paths["connections"], {"ashburn"})["ashburn"]
    assert (step.year, step.mw, step.curtailed_hours) == (2028, 100, 88)
    [ppa] = read_ppas(paths["ppas"], catalogue)
    assert (ppa.id, ppa.mw, ppa.built) == ("west_texas", 300, 2027)
    offers = {x.kind: x for x in read_generators(paths["generators"], ())}
    assert set(offers) == set(GENERATORS)
    for kind, offer in offers.items():
        for figure in ("unit_mw", "capex_usd_per_kw", "efficiency", "first_year", "clean"):
            built_in = float(getattr(GENERATORS[kind], figure))
            assert offer.figure(figure) == pytest.approx(built_in, rel=1e-3)


def test_fuel_of_units_that_may_be_turned_off_is_the_hull_through_no_load() -> None:
    """Of two loads the one of the best efficiency is kept to, unit by unit; above, fuel rises."""
    cut = _offer(efficiency_by_load=[[0.5, 0.3], [0.8, 0.4], [1, 0.38]])
    first, second = fuel_segments(cut)
    assert (first.share, first.burnt) == pytest.approx((0.8, 1 / 0.4))
    assert (second.share, second.burnt) == pytest.approx((0.2, (1 / 0.38 - 0.8 / 0.4) / 0.2))
    flat = fuel_segments(_offer(efficiency=0.4))
    assert [(x.share, x.burnt) for x in flat] == [(1.0, 2.5)]


def test_what_cannot_be_turned_off_burns_at_its_own_efficiency() -> None:
    held = _offer(min_load=0.5, efficiency_by_load=[[0.5, 0.3], [1, 0.4]])
    first, second = fuel_segments(held)
    assert (first.share, first.burnt) == pytest.approx((0.5, 1 / 0.3))
    assert (second.share, second.burnt) == pytest.approx((0.5, (1 / 0.4 - 0.5 / 0.3) / 0.5))
    assert second.burnt < first.burnt


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"efficiency": 0.4, "efficiency_by_load": [[1, 0.4]]}, "beside efficiency"),
        ({"efficiency_by_load": [[0.5, 0.4], [0.9, 0.4]]}, "do not rise"),
        ({"efficiency_by_load": [[0.5, 40], [1, 0.4]]}, "not above 0 and at most 1"),
        ({"min_load": 0.3, "efficiency_by_load": [[0.5, 0.4], [1, 0.4]]}, "above min_load"),
        ({"kind": "solar", "efficiency_by_load": [[1, 0.4]]}, "burns no fuel"),
    ],
)
def test_a_curve_that_says_nothing_is_refused(given: dict[str, Any], words: str) -> None:
    unit = {"name": "x", "kind": "gas_turbine", "max_units": 1, **given}
    with pytest.raises(StudyError, match=words):
        study_from_mapping({**BASE, "generation": {"units": [unit]}})


def test_every_error_of_a_table_comes_at_once(catalogue: Catalogue, tmp_path: Path) -> None:
    text = (
        "name,kind,max_units,unit_mw,colour,efficiency_by_load,where\n"
        "wind,gas_engine,8,10,,,\n"
        "Big one,steam,2.5,-3,,,\n"
        "warm,geothermal,1,,,,\n"
        "bent,gas_engine,1,,,0.5: 0.4,\n"
        "engine,gas_engine,8,ten,,,\n"
    )
    generation = {
        "file": str(_written(tmp_path, text)),
        "units": [{"name": "engine", "kind": "gas_engine", "max_units": 1}],
    }
    with pytest.raises(DataError) as error:
        solve_study(study_from_mapping({**BASE, "generation": generation}), catalogue=catalogue)
    assert {(f.line, f.key) for f in error.value.faults} == {
        (1, "colour"), (2, "name"), (3, "name"), (3, "kind"), (3, "max_units"), (3, "unit_mw"),
        (4, "where"), (5, "efficiency_by_load"), (6, "unit_mw"), (6, "name"),
    }  # fmt: skip
    assert all(f.where == "generators.csv" and f.remedy for f in error.value.faults)
    with pytest.raises(DataError) as absent:
        read_generators(_written(tmp_path, "name,unit_mw\nx,10\n"), ())
    assert {f.key for f in absent.value.faults} == {"kind", "max_units"}


def test_a_pair_that_lacks_its_second_number_is_told_where_it_stands(tmp_path: Path) -> None:
    text = TABLE.replace("0.8: 0.55; 1: 0.52", "0.8: 0.55; 1")
    with pytest.raises(DataError) as short:
        read_generators(_written(tmp_path, text), ())
    [fault] = short.value.faults
    assert (fault.line, fault.key) == (3, "efficiency_by_load")
    assert "too short" in fault.problem
    unit = {
        "name": "a",
        "kind": "gas_engine",
        "max_units": 1,
        "efficiency_by_load": [[0.5, 0.4], [1]],
    }
    with pytest.raises(StudyError) as study:
        study_from_mapping({**BASE, "generation": {"units": [unit]}})
    assert [f.key for f in study.value.faults] == ["generation.units[0].efficiency_by_load[1]"]


def test_errors_of_all_tables_of_power_come_together(catalogue: Catalogue, tmp_path: Path) -> None:
    """Steps, contracts, generators and hours of load, each file by its own line and column."""
    for name, text in {
        "connections.csv": "site,year,mw,cost_usd_per_mw\nnowhere,2028,10,0\n",
        "ppas.csv": "id,source,zone,mw,price_usd_per_mwh,profile\na,wind,SWE,-5,30,built_in\n",
        "generators.csv": "name,kind,max_units\nt,steam,1\n",
        "load.csv": "load\n1\nx\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    workload = {**BASE["demand"]["workloads"][0],
                "profile": {"shape": "file", "file": str(tmp_path / "load.csv")}}  # fmt: skip
    study = {
        **BASE,
        "demand": {"regions": "europe", "workloads": [workload]},
        "time": {"slices": 24},
        "supply": {**BASE["supply"], "ppas": str(tmp_path / "ppas.csv")},
        "connections": {"file": str(tmp_path / "connections.csv")},
        "generation": {"file": str(tmp_path / "generators.csv")},
    }
    with pytest.raises(DataError) as error:
        check_inputs(study_from_mapping(study), catalogue)
    assert {f.where for f in error.value.faults} == {
        "connections.csv", "ppas.csv", "generators.csv", "load.csv",
    }  # fmt: skip
    assert all(f.remedy for f in error.value.faults)


@pytest.mark.parametrize("method", ["monolithic", "decomposed"])
def test_an_island_runs_on_its_own_table_and_the_audit_burns_the_same_fuel(
    catalogue: Catalogue, tmp_path: Path, method: str
) -> None:
    generation = {"file": str(_written(tmp_path, TABLE)), "island": ["lulea"], "one_out": False}
    study = study_from_mapping(
        {**BASE, "generation": generation, "solver": {"gap": 1e-4, "method": method}}
    )
    assert [x.name for x in generator_offers(study)] == ["engine", "cell"]
    found = solve_study(study, catalogue=catalogue)
    assert found.audit is not None
    assert found.audit["passed"], found.audit["faults"]
    row = found.sites.loc["lulea"]
    assert row["cell_units"] + row["engine_units"] >= 4
    made = found.supply.groupby("source").apply(
        lambda own: (own["mw"] * own["hours"]).sum(), include_groups=False
    )
    assert made.get("engine", 0.0) == 0
    # All units run near the load that their plan gives them: fuel by hand from the curve.
    full = 8760 * row["cell_units"] * 10 * 0.95
    burnt = full * np.interp(made["cell"] / full, [0.5, 0.8, 1], [1.0, 0.8 / 0.55, 1 / 0.52])
    embodied = row["cell_units"] * 10 * 150 / 20
    assert row["carbon_on_site_t_co2e"] == pytest.approx(0.202 * burnt + embodied, rel=0.02)
