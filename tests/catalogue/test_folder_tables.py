"""A catalogue folder of the planner's own: what it may lack, and tables that cannot be read."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from siting.catalogue import load_catalogue
from siting.catalogue.selection import country_groups, policy_table
from siting.catalogue.stations import Stations
from siting.coefficients.inputs import study_inputs
from siting.config import study_from_mapping
from siting.errors import DataError
from siting.files import FOR_READERS, geodata_dir, header, read_folder_table
from siting.profile import profile_place
from siting.run import solve_study

STUDY = {
    "name": "t",
    "candidates": {"sites": ["lulea", "geneva", "dublin"]},
    "demand": {
        "regions": ["stockholm", "paris"],
        "workloads": [{"name": "a", "it_mw": 20, "max_rtt_ms": None}],
    },
    "time": {"slices": 12},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in geodata_dir().iterdir():
        (tmp_path / path.name).symlink_to(path)
    return tmp_path


def rewrite(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def test_columns_for_readers_may_be_left_out_and_change_nothing(folder: Path) -> None:
    for name, columns in FOR_READERS.items():
        table = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        assert columns <= set(table.columns)
        kept = table.drop(columns=list(columns)).to_csv(index=False, quoting=csv.QUOTE_MINIMAL)
        rewrite(folder / name, kept.encode())
    bare, whole = load_catalogue(folder), load_catalogue()
    study = study_from_mapping(
        STUDY | {"economics": {"hourly_prices": True}, "policy": {"laws": "all"},
                 "time": {"slices": 24}, "solver": {"gap": 0.01}}
    )  # fmt: skip
    (ours, theirs) = (solve_study(study, catalogue=each) for each in (bare, whole))
    assert ours.audit["passed"]
    assert dict(ours.metrics) == dict(theirs.metrics)
    pd.testing.assert_frame_equal(ours.provenance, theirs.provenance)
    assert country_groups(bare) == country_groups(whole)
    ours_at, theirs_at = (profile_place(site="geneva", catalogue=each) for each in (bare, whole))
    assert repr(ours_at.to_mapping()) == repr(theirs_at.to_mapping())


@pytest.mark.parametrize("name", ["grid_zones.csv", "sources.csv", "attributes.csv"])
@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("zone,naïve\n".encode("latin-1"), "is not UTF-8 text"),
        (b'"' + b"x" * 200_000 + b'"\n', "field larger than field limit"),
    ],
)
def test_a_table_of_every_study_that_cannot_be_read(
    folder: Path, name: str, content: bytes, told: str
) -> None:
    rewrite(folder / name, content)
    with pytest.raises(DataError) as caught:
        load_catalogue(folder)
    (fault,) = caught.value.faults
    assert (fault.where, told in fault.problem, str(folder / name) in fault.remedy) == (
        name, True, True,
    )  # fmt: skip


def test_bytes_far_below_the_header_are_told_too(folder: Path) -> None:
    path = folder / "demand.csv"
    rewrite(path, path.read_bytes() + b"x" * 20_000 + b"\xff\n")
    with pytest.raises(DataError, match=r"demand\.csv: is not UTF-8 text"):
        load_catalogue(folder)


def test_a_table_that_a_study_never_reads_fails_only_who_reads_it(folder: Path) -> None:
    for name in ("stations.csv", "policy.csv"):
        rewrite(folder / name, b"id,na\xefve\n")
    catalogue = load_catalogue(folder)
    with pytest.raises(DataError, match=r"policy\.csv: is not UTF-8 text"):
        policy_table(catalogue)
    with pytest.raises(DataError, match=r"stations\.csv: is not UTF-8 text"):
        Stations.open(folder)


def test_a_row_with_too_many_cells_is_told(folder: Path) -> None:
    rewrite(folder / "latency_pairs.csv", b"a,b,rtt_ms,clouds\n0,1,2,x\n0,1,2,x,y,z\n")
    with pytest.raises(DataError, match="Expected 4 fields in line 3, saw 6"):
        read_folder_table(folder / "latency_pairs.csv")


@pytest.mark.parametrize(
    ("more", "key", "name"),
    [
        ({"economics": {"hourly_prices": True}, "time": {"slices": 24}},
         "economics.hourly_prices", "grid_price_hourly.csv"),
        ({"policy": {"laws": "all"}}, "policy.laws", "policy.csv"),
        ({"supply": {"day_types": "typical"}, "time": {"slices": 60}},
         "supply.day_types", "day_types.csv"),
    ],
)  # fmt: skip
def test_a_key_whose_table_the_folder_lacks_is_an_error(
    folder: Path, more: dict[str, object], key: str, name: str
) -> None:
    study = study_from_mapping(STUDY | more)
    (folder / name).unlink()
    catalogue = replace(load_catalogue(), folder=folder, made={})
    with pytest.raises(DataError) as caught:
        study_inputs(study, catalogue)
    (fault,) = caught.value.faults
    assert fault.key == key
    assert f"needs {name}" in fault.problem
    study_inputs(study_from_mapping(STUDY), catalogue)


def test_the_audit_tells_that_days_are_unknown_without_their_table(folder: Path) -> None:
    supply = {"contracts": ["wind"], "max_contract_mw": {"wind": 40}}
    study = study_from_mapping(STUDY | {"supply": supply, "objective": {"weights": {"carbon": 1}}})
    hidden = [solve_study(study, catalogue=load_catalogue(folder)).audit["hidden"]]
    (folder / "day_types.csv").unlink()
    hidden += [solve_study(study, catalogue=load_catalogue(folder)).audit["hidden"]]
    whole, lacking = (str([s for s in told if "windy and calm days" in s]) for told in hidden)
    assert "has no day_types.csv" not in whole
    assert f"{folder} has no day_types.csv" in lacking


@pytest.mark.parametrize(("source", "told"), [("hydro", False), ("wind", True)])
def test_only_contracts_whose_days_differ_are_told_then(
    folder: Path, source: str, told: bool
) -> None:
    (folder / "ppas.csv").write_text(
        f"id,source,zone,site,mw,price_usd_per_mwh\nown,{source},SE-SE1,lulea,40,1\n"
    )
    (folder / "day_types.csv").unlink()
    supply = {"contracts": [], "ppas": str(folder / "ppas.csv")}
    study = study_from_mapping(
        STUDY
        | {"candidates": {"sites": ["lulea"]}, "supply": supply}
        | {"objective": {"weights": {"cost": 1}}}
    )
    placed = solve_study(study, catalogue=load_catalogue(folder))
    assert placed.supply.query("source == 'own'")["mw"].sum() > 0.0
    assert ("has no day_types.csv" in str(placed.audit["hidden"])) is told


def test_the_built_in_header_is_read_without_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(b"\xef\xbb\xbfid,lat\n")
    assert header(path) == ["id", "lat"]
