"""Errors of a study and of the files that it names are told together."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.catalogue import load_catalogue
from siting.coefficients.inputs import read_study
from siting.errors import StudyError

STUDY = """
name: planned
candidates: {sites: [dublin, lulea]}
demand:
  regions: [london]
  workloads:
    - {name: a, it_mw: WORK, max_rtt_ms: 200, profile: {shape: file, file: load.csv}}
connections: {file: connections.csv}
supply: {ppas: ppas.csv, YEAR}
"""
FILES = {
    "connections.csv": "site,year,mw,cost_usd_per_mw\ndublin,soon,50,10\natlantis,2029,-3,1\n",
    "ppas.csv": "source,site,mw,price_usd_per_mwh,start,end\nwind,dublin,-5,x,2020,2040\n",
    "load.csv": "hour,load\n" + "".join(f"{h},{'x' if h == 7 else 1}\n" for h in range(8760)),
}
OF_FILES = {
    ("connections.csv", 2, "year"), ("connections.csv", 3, "site"), ("connections.csv", 3, "mw"),
    ("ppas.csv", 2, "mw"), ("ppas.csv", 2, "price_usd_per_mwh"), ("load.csv", 9, "load"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("work", "year", "keys"),
    [
        ("30", "yaer: 2029", {"supply.yaer"}),
        ("many", "year: 2029", {"demand.workloads[0].it_mw"}),
        ("30", "hydro_year: normal", {"connections.file"}),  # no year at all
        ("-1", "year: soon", {"demand.workloads[0].it_mw", "supply.year"}),
    ],
)
def test_a_bad_key_does_not_hide_the_errors_of_files(
    tmp_path: Path, work: str, year: str, keys: set[str]
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    study = tmp_path / "study.yaml"
    study.write_text(STUDY.replace("WORK", work).replace("YEAR", year))
    with pytest.raises(StudyError) as caught:
        read_study(study, [], load_catalogue())
    faults = caught.value.faults
    told = {(Path(f.where).name, f.line, f.key) for f in faults}
    assert {f.key for f in faults if Path(f.where).name == "study.yaml"} == keys
    assert {x for x in told if x[0] in FILES} == OF_FILES
    assert all(f.remedy for f in faults)
    assert caught.value.exit_code == 2


def test_a_missing_file_of_places_makes_no_errors_of_their_round_trips(tmp_path: Path) -> None:
    """A latency file names places that only the missing file would have told."""
    (tmp_path / "rtt.csv").write_text("site,demand,rtt_ms\nmy_hall,frankfurt,12\n")
    study = tmp_path / "study.yaml"
    study.write_text(
        "name: mine\ncandidates: {file: halls.csv}\n"
        "demand:\n  regions: [frankfurt]\n  latency_file: rtt.csv\n"
        "  workloads: [{name: all, it_mw: 20}]\n"
    )
    with pytest.raises(StudyError) as caught:
        read_study(study, [], load_catalogue())
    assert not [f for f in caught.value.faults if "rtt" in f.where or f.key == "my_hall"]
    assert "halls.csv" in str(caught.value)
