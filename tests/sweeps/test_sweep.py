"""Sweeps of a small study: the rows are the same however they were made."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import pandas as pd
import pytest

import siting
from siting.errors import DataError, StudyError
from siting.sweeps import sweep_folder, write_sweep
from siting.sweeps.cases import Store
from siting.sweeps.plan import plan_from_mapping, plan_from_over

STUDY = {
    "name": "small",
    "candidates": {"sites": ["lulea", "dublin", "frankfurt", "eskilstuna"]},
    "designs": ["air_economizer", "water_economizer"],
    "demand": {
        "regions": ["stockholm", "london", "frankfurt"],
        "workloads": [
            {"name": "inference", "it_mw": 20, "max_rtt_ms": 80},
            {"name": "training", "it_mw": 30, "max_rtt_ms": None},
        ],
    },
    "time": {"slices": 12},
    "solver": {"gap": 0.001},
}
OVER = ["objective.weights.carbon=0,3", "limits.max_sites=1,null", "economics.carbon_price_usd_per_t=80"]  # fmt: skip  # noqa: E501
#: `siting`, whose process is killed with all its workers when it has kept two answers.
KILLED = """
import os, signal, sys
from siting.cli import main
from siting.sweeps.cases import Store

left, put = 2, Store.put

def put_and_act(store, key, record):
    global left
    put(store, key, record)
    left -= 1
    if not left:
        os.killpg(0, signal.SIGKILL)

Store.put = put_and_act
main()
"""


@pytest.fixture(scope="module")
def study():
    return siting.load(STUDY)


@pytest.fixture(scope="module")
def plan():
    return plan_from_over(OVER)


@pytest.fixture(scope="module")
def whole(study, plan, catalogue):
    return siting.sweep(study, plan, catalogue=catalogue)


def assert_same(one, other):
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.sites, other.sites)
    pd.testing.assert_frame_equal(one.flows, other.flows)


def test_a_row_is_what_solving_its_study_alone_gives(study, whole, catalogue):
    for case in (0, 2, 3):
        row = whole.table.loc[case]
        sites = row["limits.max_sites"]
        changed = siting.load(
            study.to_mapping(),
            [
                f"objective.weights.carbon={row['objective.weights.carbon']}",
                f"limits.max_sites={'null' if pd.isna(sites) else int(sites)}",
                f"economics.carbon_price_usd_per_t={row['economics.carbon_price_usd_per_t']}",
            ],
        )
        alone = siting.solve(changed, catalogue=catalogue)
        assert row["objective"] == alone.objective
        assert dict(row[list(alone.metrics)]) == alone.metrics
        assert row["open_sites"] == list(alone.sites.index)
        assert row["audit_passed"]


def test_every_row_keeps_to_the_limit_that_it_sets(whole):
    limited = whole.table[whole.table["limits.max_sites"].notna()].iloc[1:]
    assert (limited["open_sites"].map(len) <= limited["limits.max_sites"]).all()
    loads = whole.sites.groupby("case")["it_mw"].sum()
    assert loads.to_numpy() == pytest.approx(50.0)


def test_two_processes_give_the_same_rows(study, plan, whole, catalogue):
    assert_same(siting.sweep(study, plan, workers=2, catalogue=catalogue), whole)


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_rows(tmp_path, study, plan, whole):
    place = tmp_path / "scheduler.json"
    with ExitStack() as running:

        def start(program, *args):
            command = [sys.executable, "-m", f"distributed.cli.{program}", *args,
                       "--scheduler-file", str(place), "--no-dashboard"]  # fmt: skip
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            running.callback(process.wait)
            running.callback(process.terminate)
            return process

        scheduler = start("dask_scheduler", "--host", "127.0.0.1", "--port", "0")
        while not place.exists():
            assert scheduler.poll() is None, "the scheduler did not start"
            time.sleep(0.05)
        start("dask_worker", "--nthreads", "1", "--no-nanny")
        address = json.loads(place.read_text())["address"]
        assert_same(siting.sweep(study, plan, scheduler=address), whole)


def test_no_scheduler_at_the_address_is_a_fault(study, plan, monkeypatch):
    monkeypatch.setattr("distributed.Client", _no_scheduler)
    with pytest.raises(StudyError, match="no Dask scheduler answers"):
        siting.sweep(study, plan, scheduler="tcp://127.0.0.1:1")


def _no_scheduler(*args, **kwargs):
    raise OSError("timed out")


def arguments(file, out, *more):
    return ["sweep", str(file), "--out", str(out), *(f"--over={text}" for text in OVER), *more]


@pytest.mark.slow
def test_a_sweep_killed_twice_and_resumed_has_the_rows_of_an_unbroken_one(
    tmp_path, study, plan, whole, catalogue
):
    file, out = tmp_path / "small.yaml", tmp_path / "out"
    file.write_text(study.to_yaml())
    for more in (("--workers=2",), ("--workers=1", "--resume")):
        command = [sys.executable, "-c", KILLED, *arguments(file, out, *more)]
        killed = subprocess.run(
            command, stderr=subprocess.DEVNULL, check=False, start_new_session=True
        )
        assert killed.returncode == -signal.SIGKILL
        assert not (out / "summary.json").exists()
    begun = {path: path.stat().st_mtime_ns for path in (out / "store").glob("*.json")}
    assert len(begun) == 4
    resumed = sweep_folder(study, plan, out, catalogue=catalogue, resume=True)
    assert_same(resumed, whole)
    assert {p: p.stat().st_mtime_ns for p in begun} == begun
    unbroken = tmp_path / "unbroken"
    whole.save(unbroken)
    for name in ("cases", "sites", "flows"):
        pd.testing.assert_frame_equal(*(pd.read_parquet(f / f"{name}.parquet")
                                        for f in (out, unbroken)))  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_says_how_to_go_on_and_leaves_what_is_done(
    tmp_path, study, workers, monkeypatch, in_process
):
    file, out = tmp_path / "small.yaml", tmp_path / "out"
    file.write_text(study.to_yaml())
    put, left = Store.put, [2]

    def put_and_interrupt(store, key, record):
        put(store, key, record)
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Store, "put", put_and_interrupt)
    stopped = in_process(*arguments(file, out, "--workers", workers))
    assert stopped.code == 130
    assert "go on with --resume" in stopped.err
    assert "Traceback" not in stopped.err
    assert len(list((out / "store").glob("*.json"))) == 2
    assert not (out / "summary.json").exists()
    again = in_process(*arguments(file, out))
    assert again.code == 2
    assert "Add --resume" in again.err


def test_a_case_without_an_answer_is_a_row_with_its_reason(study, catalogue, tmp_path):
    plan = plan_from_mapping({"over": {"limits.max_share_per_site": [0.1, 1.5, 0.9]}})
    result = siting.sweep(study, plan, catalogue=catalogue)
    found = result.table
    assert list(found["status"][1:]) == ["infeasible", "bad_input", "optimal"]
    assert "limits.max_share_per_site" in found["reason"][2]
    assert found["energy_mwh"].isna().tolist() == [False, True, True, False]
    write_sweep(result, tmp_path)
    said = json.loads((tmp_path / "answers.json").read_text(encoding="utf-8"))["description"]
    assert "2 of 4 cases have no placement (1 infeasible, 1 bad input); cases.parquet" in said


def test_keys_that_the_study_does_not_have_are_faults_all_together(study, catalogue):
    plan = plan_from_over(["limits.max_sitez=1,2", "solver.gapp=0.1"])
    with pytest.raises(StudyError) as caught:
        siting.sweep(study, plan, catalogue=catalogue)
    assert {fault.key for fault in caught.value.faults} == {
        "over.limits.max_sitez", "over.solver.gapp",
    }  # fmt: skip


@pytest.mark.parametrize(
    "parts",
    [
        {"periods": [{"year": 2027, "years": 2, "set": {"demand.factor": 0.5}},
                     {"year": 2029, "years": 2, "set": {"demand.factor": 1.0}}]},
        {"scenarios": {"cases": [{"name": "a", "probability": 1.0, "set": {"demand.factor": 2}}]}},
    ],
)  # fmt: skip
def test_a_key_that_every_period_or_scenario_sets_anew_is_a_fault(parts, catalogue):
    plan = plan_from_over(["demand.factor=0.9,1.1", "limits.max_sites=1,2"])
    with pytest.raises(StudyError) as caught:
        siting.sweep(siting.load({**STUDY, **parts}), plan, catalogue=catalogue)
    assert [fault.key for fault in caught.value.faults] == ["over.demand.factor"]
    assert "changes nothing" in caught.value.faults[0].problem


def test_a_key_that_one_period_alone_sets_is_swept(catalogue):
    periods = [
        {"year": 2027, "years": 2, "set": {"demand.factor": 0.5}},
        {"year": 2029, "years": 2},
    ]
    study = siting.load({**STUDY, "periods": periods})
    plan = plan_from_over(["demand.factor=0.9,1.1"])
    found = siting.sweep(study, plan, catalogue=catalogue).table
    base, less, more = found["energy_mwh"]
    assert less < base < more


@pytest.mark.parametrize(
    ("plan", "how"),
    [("limits.max_sitez=1,2", {}), ("limits.max_sites=1", {"scheduler": "tcp://127.0.0.1:1"})],
)
def test_a_sweep_that_is_refused_leaves_no_folder(
    plan, how, tmp_path, study, catalogue, monkeypatch
):
    monkeypatch.setattr("distributed.Client", _no_scheduler)
    with pytest.raises(StudyError):
        sweep_folder(study, plan_from_over([plan]), tmp_path / "out", catalogue=catalogue, **how)
    assert list(tmp_path.iterdir()) == []


def test_indices_of_energy_linear_in_two_loads_are_their_shares_of_the_variance(catalogue):
    # One site and one design that need no water of the program: energy is 8,760 h times PUE times
    # load, so the indices are those of a + b: their variances over the sum of both.
    one = siting.load(
        {**STUDY, "candidates": {"sites": ["lulea"]}, "designs": ["air_economizer"],
         "demand": {"regions": ["stockholm"], "workloads": [
             {"name": "a", "it_mw": 2, "max_rtt_ms": None},
             {"name": "b", "it_mw": 2, "max_rtt_ms": None}]},
         "objective": {"weights": {"energy": 1}}}
    )  # fmt: skip
    plan = plan_from_mapping(
        {"method": "sobol", "samples": 8, "metrics": ["energy_mwh"],
         "over": {"demand.workloads.a.it_mw": {"low": 1.0, "high": 5.0},
                  "demand.workloads.b.it_mw": {"low": 1.0, "high": 3.0}}}
    )  # fmt: skip
    found = siting.sweep(one, plan, catalogue=catalogue).indices
    assert found["total"].tolist() == pytest.approx([0.8, 0.2], abs=0.12)


def test_a_folder_of_something_else_or_of_another_sweep_is_refused(tmp_path, study, catalogue):
    (tmp_path / "note.txt").write_text("mine")
    plan = plan_from_over(["limits.max_sites=1"])
    with pytest.raises(DataError, match="no record of `siting sweep`"):
        sweep_folder(study, plan, tmp_path, catalogue=catalogue)
    assert (tmp_path / "note.txt").read_text() == "mine"


def test_the_pictures_of_the_folder_are_made(tmp_path, study, catalogue):
    plan = plan_from_over(
        ["limits.max_sites=1,2", "demand.workloads.training.it_mw=20,40"], method="one_at_a_time"
    )
    out = tmp_path / "sweep"
    result = sweep_folder(study, plan, out, catalogue=catalogue)
    assert {p.name for p in out.iterdir()} >= {
        "answers.json", "cases.parquet", "sites.parquet", "flows.parquet", "indices.csv",
        "study.yaml", "summary.json", "tornado.png",
    }  # fmt: skip
    assert len(result.table) == 5
    again = sweep_folder(study, plan, out, catalogue=catalogue, resume=True)
    assert_same(again, result)
    # Without --resume nothing of a finished sweep is touched, be it of this plan or of another.
    (out / "note.txt").write_text("mine")
    held = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert len(list((out / "store").glob("*.json"))) == 5
    for other, said in ((plan, "holds a finished sweep"), (plan_from_over(OVER), "of another")):
        with pytest.raises(StudyError, match=said):
            sweep_folder(study, other, out, catalogue=catalogue)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == held
