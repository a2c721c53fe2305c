"""Workbook, KMZ, GeoParquet and paper of a run: the same figures, and text that stays text."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from siting.errors import DataError
from siting.placement.folder import save_placement
from siting.report.display import EXPORTS, workbook_sheets
from siting.report.folder import report_folder
from tests.helpers.fakes import EUROPE, EUROPEAN, fake_placement

HOSTILE = "=cmd|' /C calc'!A0 <script>$x_{1}$ & \x1b[31m\u202e"


@pytest.fixture(scope="module")
def placement():
    return fake_placement(EUROPE, EUROPEAN, name="europe")


@pytest.fixture(scope="module")
def hostile(placement):
    sites = placement.sites.assign(name=HOSTILE)
    rows = [(str(site), "notes", HOSTILE, "given", HOSTILE) for site in sites.index]
    columns = ["site", "attribute", "value", "label", "source"]
    return replace(placement, sites=sites, provenance=pd.DataFrame(rows, columns=columns))


def test_a_workbook_has_the_sheets_and_figures_of_the_run(placement, tmp_path):
    EXPORTS["xlsx"](placement, tmp_path, False)
    book = load_workbook(tmp_path / "placement.xlsx")
    assert {"summary", "sites", "phases", "flows", "supply", "study"} <= set(book.sheetnames)
    sites = pd.read_excel(tmp_path / "placement.xlsx", sheet_name="sites").set_index("id")
    assert sites.index.tolist() == placement.sites.index.tolist()
    assert sites["it_mw"].tolist() == pytest.approx(placement.sites["it_mw"].tolist())
    flows = pd.read_excel(tmp_path / "placement.xlsx", sheet_name="flows")
    assert flows["it_mw"].sum() == pytest.approx(placement.flows["it_mw"].sum())
    supply = workbook_sheets(placement)["supply"]
    energy = (placement.supply["mw"] * placement.supply["hours"]).sum()
    assert supply["mwh"].sum() == pytest.approx(energy)


def test_geoparquet_holds_the_layers_of_the_run(placement, tmp_path):
    EXPORTS["parquet"](placement, tmp_path, False)
    sites = gpd.read_parquet(tmp_path / "sites.parquet")
    assert sites.crs.to_epsg() == 4326
    assert sites.geometry.x.tolist() == placement.sites["lon"].tolist()
    assert len(gpd.read_parquet(tmp_path / "flows.parquet")) == len(placement.flows)


def test_a_kmz_has_the_sites_at_their_places(placement, tmp_path):
    EXPORTS["kmz"](placement, tmp_path, False)
    with zipfile.ZipFile(tmp_path / "placement.kmz") as archive:
        root = ElementTree.fromstring(archive.read("doc.kml"))
    names = {"k": "http://www.opengis.net/kml/2.2"}
    points = root.findall(".//k:Folder[k:name='sites']//k:Point/k:coordinates", names)
    found = [tuple(map(float, point.text.split(","))) for point in points]
    expected = placement.sites[["lon", "lat"]].to_numpy(dtype=float)
    assert np.array(found) == pytest.approx(expected, abs=1e-6)


def test_the_paper_has_two_pages(placement, tmp_path):
    EXPORTS["pdf"](placement, tmp_path, False)
    content = (tmp_path / "paper.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == 2


def test_hostile_names_stay_text_everywhere(hostile, tmp_path):
    for write in EXPORTS.values():
        write(hostile, tmp_path, True)
    book = load_workbook(tmp_path / "placement.xlsx")
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert any(str(cell.value).startswith("=cmd|") for cell in cells)
    with zipfile.ZipFile(tmp_path / "placement.kmz") as archive:
        kml = archive.read("doc.kml")
    assert b"&lt;script&gt;" in kml
    assert b"<script>" not in kml
    assert b"\x1b" not in kml
    ElementTree.fromstring(kml)


def test_only_the_run_of_one_placement_has_a_workbook(placement, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    save_placement(placement, folder)
    names = {path.name for path in report_folder(folder, formats=("xlsx", "kmz"))}
    assert names == {"report.html", "placement.xlsx", "placement.kmz"}
    (tmp_path / "front").mkdir()
    (tmp_path / "front" / "answers.json").write_text("{}")
    with pytest.raises(DataError, match="only the run of one placement has"):
        report_folder(tmp_path / "front", formats=("xlsx",))
