"""Robustness of a real study, against ordinary solves of it that share no program with it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import siting
from siting.catalogue import Catalogue, load_catalogue
from siting.cli import app
from siting.config.study import changed_study
from siting.decisions import robustness
from siting.decisions.levers import Question
from siting.errors import StudyError

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

#: Metric of each weight of the study.
METRIC = {"energy": "energy_mwh", "carbon": "carbon_t_co2e", "water": "water_m3"}
SAMPLES = 4
STUDY = {
    "name": "five_places",
    "candidates": {"sites": ["lulea", "dublin", "frankfurt", "eskilstuna", "falun"]},
    "designs": ["air_economizer", "adiabatic_liquid"],
    "demand": {
        "regions": ["stockholm", "paris", "london"],
        "workloads": [
            {"name": "inference", "it_mw": 20, "max_rtt_ms": 60},
            {"name": "training", "it_mw": 30, "max_rtt_ms": None},
        ],
    },
    "time": {"slices": 12},
    "limits": {"max_share_per_site": 0.6},
    "solver": {"gap": 1e-6},
}


def study(**weights: float) -> siting.Study:
    given = {"energy": 0.0, "carbon": 0.0, "water": 0.0, "cost": 0.0, **weights}
    return siting.load({**STUDY, "objective": {"weights": given}})


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


def solve(asked: siting.Study, **changes: object) -> siting.Placement:
    keys = {key.replace("__", "."): value for key, value in changes.items()}
    return siting.solve(changed_study(asked, keys), catalogue=catalogue())


@pytest.mark.slow
@pytest.mark.parametrize("method", ["monolithic", "decomposed"])
def test_a_site_is_worth_what_a_solve_without_it_loses_and_entry_costs_what_forcing_it_does(
    method: str,
) -> None:
    asked = changed_study(study(carbon=1), {"solver.method": method})
    table = siting.robustness(
        asked, samples=0, entries=9, conventions=False, catalogue=catalogue()
    ).table
    best = solve(asked).metrics["carbon_t_co2e"]
    assert set(table["site"]) == set(STUDY["candidates"]["sites"])  # type: ignore[index]
    for row in table.to_dict("records"):
        if row["question"] == "without":
            other = solve(asked, limits__closed=[row["site"]]).metrics["carbon_t_co2e"]
        else:
            question = Question(asked, catalogue(), row["site"])
            other = question.solve(use=True).totals["carbon_t_co2e"]
        assert row["change_carbon_t_co2e"] == pytest.approx(other - best, abs=3e-6 * best)
        assert row["cost_least"] - 3e-6 <= other / best - 1.0 <= row["cost_most"] + 3e-6


@pytest.mark.slow
def test_shares_of_weightings_are_those_of_as_many_ordinary_solves() -> None:
    asked = study(energy=1, carbon=1, water=1)
    first, second = (
        siting.robustness(
            asked, samples=SAMPLES, entries=0, conventions=False, catalogue=catalogue()
        ).found
        for _ in range(2)
    )
    assert first.chosen_share == second.chosen_share
    drawn = np.random.default_rng(asked.solver.seed).dirichlet(np.ones(3), size=SAMPLES)
    count: dict[str, float] = {}
    for weights in drawn:
        changes = {f"objective__weights__{n}": w for n, w in zip(METRIC, weights, strict=True)}
        for site in solve(asked, **changes).sites.index:
            count[site] = count.get(site, 0.0) + 1 / SAMPLES
    assert first.chosen_share == pytest.approx(count)


@pytest.mark.slow
def test_at_a_flip_weight_other_sites_are_better_and_a_step_before_they_are_not() -> None:
    asked = study(carbon=1, water=1)
    found = siting.robustness(
        asked, samples=0, entries=0, conventions=False, catalogue=catalogue()
    ).found
    names = {metric: name for name, metric in METRIC.items()}
    others = [s for s in STUDY["candidates"]["sites"] if s not in found.base.sites]  # type: ignore[index]
    turned = 0
    # Of two weights the share of one says that of the other.
    for metric, row in list(found.flip_weights.items())[:1]:
        for name, end in (("down", 0.0), ("up", 1.0)):
            now, flip = row["share"], row[name]
            if flip is None:
                continue
            assert now is not None
            before = flip - (end - now) / 64
            for share, better in ((flip, True), (before, False)):
                rest = next(n for m, n in names.items() if m in found.flip_weights and m != metric)
                weights = {names[metric]: share, rest: 1.0 - share}
                keys = {f"objective__weights__{n}": w for n, w in weights.items()}
                whole, own = (solve(asked, **keys, limits__closed=shut) for shut in ([], others))
                values = [
                    sum(w / found.base.payoff[METRIC[n]].range * placement.metrics[METRIC[n]]
                        for n, w in weights.items())
                    for placement in (whole, own)
                ]  # fmt: skip
                # Scales are those of each solve, so the two answers differ by a little more.
                assert (values[1] > values[0] * (1 + 2e-6)) is better, (metric, share)
            turned += 1
    assert turned


@pytest.mark.slow
def test_regret_of_one_site_plans_is_what_each_site_alone_costs_in_each_future() -> None:
    # Helsinki's power is cheaper, Luleå's is cleaner: a price on carbon turns the plan.
    keys = {"candidates.sites": ["helsinki", "lulea"], "limits.max_sites": 1}
    asked = changed_study(study(cost=1), {**keys, "limits.max_share_per_site": 1})
    key = "economics.carbon_price_usd_per_t"
    futures = {"free": [f"{key}=0"], "priced": [f"{key}=300"]}
    regret = siting.robustness(
        asked, samples=0, entries=0, scenarios=futures, conventions=False, catalogue=catalogue()
    ).found.regret
    assert regret is not None
    assert regret.sites == (("helsinki",), ("lulea",))
    cost = np.array([[solve(changed_study(asked, {key: price, "candidates.sites": [site]}))
                      .metrics["cost_usd"] for price in (0, 300)]
                     for site in ("helsinki", "lulea")])  # fmt: skip
    assert regret.regret == pytest.approx(cost / np.diag(cost) - 1.0, abs=1e-5)
    assert regret.minimax == int(np.argmin((cost / np.diag(cost)).max(axis=1)))


@pytest.mark.slow
def test_the_command_writes_a_folder_that_says_what_it_prints(tmp_path: Path) -> None:
    file, out = tmp_path / "five.yaml", tmp_path / "out"
    file.write_text(study(carbon=1, water=1).to_yaml(), encoding="utf-8")
    futures = ["--scenario=now:demand.factor=1", "--scenario=more:demand.factor=1.2"]
    more = ["--samples=2", "--entries=1", *futures, "--out", str(out), "--json"]
    result = CliRunner().invoke(app, ["robustness", str(file), *more])
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    table = pd.read_csv(out / "robustness.csv")
    assert list(table["site"]) == [row["site"] for row in said["sites"]]
    assert table["cost_most"].tolist() == pytest.approx([r["cost_most"] for r in said["sites"]])
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["flip_weights"] == said["flip_weights"]
    regret = pd.read_csv(out / "regret.csv")
    assert list(regret["planned_for"]) == ["now", "more"]
    assert summary["least_worst_regret"] in {"now", "more"}
    assert {"robustness.parquet", "robustness.png", "study.yaml"} <= {p.name for p in out.iterdir()}


def test_a_future_that_is_refused_is_refused_before_any_weighting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("siting.decisions.solve_base", lambda case: pytest.fail("too late"))
    for scenarios, said in (
        ({"dry": ["supply.hydro_yeer=dry"], "wet": []}, "hydro_yeer"),
        ({"dry": ["supply.hydro_year=dry"]}, "no futures to compare"),
    ):
        with pytest.raises(StudyError, match=said):
            robustness(study(carbon=1), scenarios=scenarios)
