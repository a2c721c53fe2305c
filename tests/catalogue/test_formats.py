"""Sites in every form in which planners keep them give the places of the clean table."""

from __future__ import annotations

import io
import json
import re
import zipfile

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from openpyxl import Workbook, load_workbook
from shapely import GeometryCollection, LineString, Point, box
from typer.testing import CliRunner

from siting.catalogue.figures import FIGURES
from siting.catalogue.planner import add_candidates, add_demand, repairs
from siting.catalogue.planner_files import Reading
from siting.catalogue.templates import demand_template, site_template, write_template
from siting.cli import app
from siting.errors import DataError, StudyError
from siting.files.spreadsheets import read_sheets, write_workbook
from tools.document_sites import PAGE, with_tables

CLEAN = pd.DataFrame(
    {
        "id": ["hanau", "fos"],
        "name": ["Hanau (Frankfurt)", "Fos-sur-Mer"],
        "lat": [50.13, 43.44],
        "lon": [8.92, 4.94],
        "connection_mw": [60.0, 1200.0],
        "price_usd_per_mwh": [118.5, 78.0],
    }
)
GEO = gpd.GeoDataFrame(
    CLEAN.drop(columns=["lat", "lon"]),
    geometry=gpd.points_from_xy(CLEAN["lon"], CLEAN["lat"]),
    crs=4326,
)


def assert_clean(catalogue, path, reading=None, names=True):
    joined, ids = add_candidates(catalogue, path, reading or Reading())
    assert ids == ("hanau", "fos")
    own = joined.candidates.loc[list(ids)]
    for name in ("lat", "lon"):
        assert own[name].tolist() == pytest.approx(CLEAN[name].tolist(), abs=2e-6)
    for name in ("connection_mw", "price_usd_per_mwh"):
        assert own[name].tolist() == CLEAN[name].tolist()
    if names:
        assert own["name"].tolist() == CLEAN["name"].tolist()
    return joined


def refused(catalogue, path, reading=None):
    with pytest.raises(DataError) as caught:
        add_candidates(catalogue, path, reading or Reading())
    return str(caught.value)


def in_comma_country(separator=";", number=lambda v: f"{v:,.2f}"):
    swap = str.maketrans(",.", ".,")
    lines = [separator.join(CLEAN.columns)]
    for row in CLEAN.itertuples(index=False):
        cells = [v if isinstance(v, str) else number(v).translate(swap) for v in row]
        lines.append(separator.join(cells))
    return "\r\n".join(lines) + "\r\n\r\n;;;;;\r\n".replace(";", separator)


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        (CLEAN.to_csv(index=False).encode("utf-8-sig"), ()),
        (CLEAN.to_csv(index=False).encode("utf-16"), ("utf-16",)),
        (CLEAN.to_csv(index=False, sep="\t").encode(), ("tabs",)),
        (CLEAN.to_csv(index=False, sep=";").encode(), ("semicolons",)),
        (in_comma_country().encode(), ("semicolons", "decimal commas in 8")),
        (in_comma_country("\t").encode(), ("tabs", "decimal commas in 8")),
        (CLEAN.to_csv(index=False).replace("60.0", "60.0").replace("1200.0", '"1,200.0"').encode(),
         ("thousands separators in 1",)),
        (CLEAN.to_csv(index=False).replace("1200.0", "1 200.0").encode(),
         ("thousands separators in 1",)),
        (CLEAN.to_csv(index=False).replace("\n", ",,\n").encode(), ()),
        (CLEAN.rename(columns=str.upper).rename(columns={"LAT": "Latitude"}).to_csv(
            index=False).encode(), ()),
    ],
)  # fmt: skip
def test_a_text_table_is_read_by_its_content_and_says_how(catalogue, tmp_path, content, notes):
    path = tmp_path / "mine.csv"
    path.write_bytes(content)
    said = "; ".join(assert_clean(catalogue, path).notes)
    assert all(note in said for note in notes), said
    assert bool(notes) == bool(said)


def test_a_code_page_of_windows_is_read_and_said(catalogue, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes("id,name,lat,lon\nlulea_mine,Luleå,65.58,22.15\n".encode("cp1252"))
    joined, _ = add_candidates(catalogue, path)
    assert joined.candidates.loc["lulea_mine", "name"] == "Luleå"
    assert joined.notes == ("mine.csv: read as cp1252",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('id;lat;lon;connection_mw\na;50;8;"1,234"\n', "mine.csv:2: connection_mw: is '1,234'"),
        ("id;lat;lon\na;50,1;8.9\n", "lat: is '50,1', and lon of another cell is '8.9'"),
        ("id,lat,lon\na,50,1,8,9\n", "numbers with decimal commas need quotes or semicolons"),
        ("id,lat,lon,\na,50,8,x\n", "column 4 has no name"),
        ("id,lat,lon\na,50," + "8" * 200_000 + "\n", "cannot be read"),
        ("id,lat;lon\na,50;8\n", "the columns could be parted by commas or semicolons"),
        ("id,lat,lon,price_eur_per_mwh\na,50,8,3\n", "Convert it and name it price_usd_per_mwh"),
        ("id,lat,lon\nDE-1,50,8\n", "name the column by id_column"),
        ("code,lat,lon\na,50,8\n", "id_column names the one that holds the ids"),
        ("id,lat,lon\ndublin,53.35,-6.26\n", "change the built-in one by sites.overrides"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(catalogue, tmp_path, text, words):
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    assert words in refused(catalogue, path)


def test_ids_and_names_come_from_the_columns_that_the_planner_names(catalogue, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("Code,Titel,lat,lon\nDE-FRA 1,Hanau,50.13,8.92\n17,Fos,43.44,4.94\n")
    reading = Reading(id_column="Code", name_column="Titel")
    joined, ids = add_candidates(catalogue, path, reading)
    assert ids == ("de_fra_1", "site_17")
    assert joined.candidates.loc["de_fra_1", "name"] == "Hanau"
    assert "(id_column). The columns are" in refused(catalogue, path, Reading(id_column="Kode"))


def test_a_workbook_is_read_by_its_only_sheet_of_sites(catalogue, tmp_path):
    path = tmp_path / "mine.xlsx"
    write_workbook({"sites": CLEAN, "notes": pd.DataFrame({"who": ["me"]})}, path)
    assert_clean(catalogue, path)
    write_workbook({"sites": CLEAN, "old": CLEAN}, path)
    assert "has 2 sheets with lat, lon: sites, old" in refused(catalogue, path)
    assert_clean(catalogue, path, Reading(layer="old"))
    assert "Its sheets are sites, old" in refused(catalogue, path, Reading(layer="new"))
    write_workbook({"sites": CLEAN.assign(pue=[1.2, 0.4])}, path)
    assert "mine.xlsx, sheet sites:3: pue: is 0.4, outside 1 to 3" in refused(catalogue, path)


def test_a_header_stands_under_titles_beside_blank_columns_and_in_other_words(catalogue, tmp_path):
    text = CLEAN.to_csv(index=False)
    tables = {
        "title.csv": "My sites, draft of May\n\n" + text,
        "comment.csv": "# sites 2026; prices in USD\n" + text,
        "told.csv": "sep=;\r\n" + text.replace(",", ";"),
        "blank.csv": "\n".join(f",{line.replace(',', ',,', 1)}" for line in text.splitlines()),
        "words.csv": text.replace("lat,lon", "Latitude (°),LON (deg)").replace("id,", "ID,"),
    }
    for name, content in tables.items():
        (tmp_path / name).write_text(content)
        notes = assert_clean(catalogue, tmp_path / name).notes[len(catalogue.notes) :]
        above = any("the header is line" in note for note in notes)
        assert above == (name in ("title.csv", "comment.csv"))
    book, rows = Workbook(), CLEAN.to_numpy(dtype=object).tolist()
    for row in (["Site", None, "Position", None, "Power"], list(CLEAN.columns), *rows):
        book.active.append(row)
    for area in ("A1:B1", "C1:D1", "E1:F1"):
        book.active.merge_cells(area)
    book.create_sheet("Notes").append(["Latitude is not here"])
    book.save(tmp_path / "merged.xlsx")
    assert_clean(catalogue, tmp_path / "merged.xlsx")


def test_a_merged_cell_counts_for_each_of_its_rows_and_says_so(catalogue, tmp_path):
    book = Workbook()
    for row in (["id", "lat", "lon", "price_usd_per_mwh"], ["a", 50.1, 8.9, 118], ["b", 50.2, 9.0]):
        book.active.append(row)
    book.active.merge_cells("D2:D3")
    book.save(tmp_path / "sites.xlsx")
    joined, ids = add_candidates(catalogue, tmp_path / "sites.xlsx")
    assert joined.candidates.loc[list(ids), "price_usd_per_mwh"].tolist() == [118, 118]
    assert "D2:D3 are merged" in joined.notes[-1]


def test_what_a_workbook_says_of_its_size_does_not_count(catalogue, tmp_path):
    path = tmp_path / "sites.xlsx"
    write_workbook({"sites": CLEAN}, path)
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    for size in (b"A1", b"A1:XFD1048576"):
        with zipfile.ZipFile(path, "w") as book:
            for name, xml in parts.items():
                book.writestr(
                    name, re.sub(rb'dimension ref="[^"]*"', b'dimension ref="%s"' % size, xml)
                )
        assert_clean(catalogue, path)


def test_a_workbook_whose_packing_is_damaged_is_refused(catalogue, tmp_path):
    path = tmp_path / "sites.xlsx"
    write_workbook({"sites": CLEAN}, path)
    with zipfile.ZipFile(path) as book:
        part = book.getinfo("xl/worksheets/sheet1.xml")
    content = bytearray(path.read_bytes())
    begin = part.header_offset + 30 + len(part.filename)
    content[begin : begin + 40] = b"\xff" * 40
    path.write_bytes(content)
    assert "sites.xlsx: cannot be read" in refused(catalogue, path)


def test_degrees_tell_the_decimal_mark_and_1_200_alone_is_refused(catalogue, tmp_path):
    path = tmp_path / "sites.csv"
    path.write_text("id;lat;lon;connection_mw\na;50,125;8,125;1.200\n")
    joined, ids = add_candidates(catalogue, path)
    assert joined.candidates.loc[list(ids), "connection_mw"].tolist() == [1200]
    assert joined.candidates.loc[list(ids), "lat"].tolist() == [50.125]
    path.write_text("id;lat;lon;connection_mw\na;50;8;1.200\n")
    assert "sites.csv:2: connection_mw: is '1.200', which could be read in two" in refused(
        catalogue, path
    )


def test_ids_are_made_of_any_script_and_the_text_is_the_name(catalogue, tmp_path):
    path = tmp_path / "sites.csv"
    path.write_text("ort,lat,lon\n法兰克福,50.1,8.9\n")
    joined, ids = add_candidates(catalogue, path, Reading(id_column="ort"))
    assert joined.candidates.loc[ids[0], "name"] == "法兰克福"
    assert ids[0].startswith("site_")


def test_a_shapefile_without_a_code_page_is_utf_8_where_it_can_be(catalogue, tmp_path):
    named = GEO.assign(name=["Łódź", "Fos-sur-Mer"])[["id", "name", "geometry"]]
    for encoding, name in (("utf-8", "Łódź"), ("cp1252", "Zürich")):
        path = tmp_path / f"{encoding}.shp"
        named.assign(name=[name, "Fos"]).to_file(path, encoding=encoding)
        path.with_suffix(".cpg").unlink(missing_ok=True)
        joined, ids = add_candidates(catalogue, path)
        assert joined.candidates.loc[ids[0], "name"] == name
    path.with_suffix(".cpg").write_text("UTF-8")
    assert ".cpg names the encoding" in refused(catalogue, path)


def test_formulas_count_by_their_value_and_are_refused_without_one(catalogue, tmp_path):
    path = tmp_path / "mine.xlsx"
    book = Workbook()
    book.active.append(["id", "lat", "lon", "connection_mw"])
    book.active.append(["hanau", 50.13, 8.92, "=30+30"])
    book.save(path)
    assert "cell D2 is a formula that was never computed" in refused(catalogue, path)


def test_text_that_begins_as_a_formula_stays_text_in_a_workbook(tmp_path):
    path = tmp_path / "out.xlsx"
    hostile = ["=cmd|' /C calc'!A0", "+1+1", "@SUM(1)", "-2", "\x1b[31mred", "=1+1"]
    write_workbook({"sheet": pd.DataFrame({"=name": hostile})}, path)
    sheet = load_workbook(path)["sheet"]
    assert [cell.data_type for row in sheet.iter_rows() for cell in row] == ["s"] * 7
    assert [cell.value for (cell,) in sheet.iter_rows(min_row=2)][:4] == hostile[:4]
    with zipfile.ZipFile(path) as archive:
        assert b"<f" not in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    ("suffix", "driver"),
    [("gpkg", "GPKG"), ("geojson", "GeoJSON"), ("fgb", "FlatGeobuf"), ("shp", "ESRI Shapefile")],
)
def test_map_layers_in_any_crs_give_the_clean_places(catalogue, tmp_path, suffix, driver):
    for crs in (4326, 3035, 25832, 3857):
        if suffix == "geojson" and crs != 4326:
            continue
        path = tmp_path / f"mine_{crs}.{suffix}"
        cut = {name: name[:10] if suffix == "shp" else name for name in GEO.columns}
        pyogrio.write_dataframe(GEO.rename(columns=cut).to_crs(crs), path, driver=driver)
        joined, ids = add_candidates(catalogue, path)
        own = joined.candidates.loc[["hanau", "fos"]]
        assert own["lat"].tolist() == pytest.approx([50.13, 43.44], abs=2e-6)
        assert own["lon"].tolist() == pytest.approx([8.92, 4.94], abs=2e-6)
        assert set(ids) == {"hanau", "fos"}
        assert own["connection_mw"].tolist() == [60, 1200]  # 10 letters of it in a Shapefile
        assert own["price_usd_per_mwh"].tolist() == [118.5, 78]
        assert bool(repairs(joined, ids)) == (crs != 4326)


def test_geoparquet_gives_the_clean_places(catalogue, tmp_path):
    path = tmp_path / "mine.parquet"
    GEO.to_crs(3035).to_parquet(path)
    assert_clean(catalogue, path)
    pd.DataFrame({"id": ["a"]}).to_parquet(path)
    assert "cannot be read" in refused(catalogue, path)
    path.write_bytes(b"PAR1 and nothing else")
    assert "cannot be read" in refused(catalogue, path)


def test_a_layer_is_named_where_there_are_several(catalogue, tmp_path):
    path = tmp_path / "mine.gpkg"
    GEO.to_file(path, layer="plots")
    GEO.head(1).to_file(path, layer="old")
    told = refused(catalogue, path)
    assert "holds 2 layers (plots, old)" in told
    assert "key `layer`" in told
    assert_clean(catalogue, path, Reading(layer="plots"))
    assert "Its layers are plots, old" in refused(catalogue, path, Reading(layer="new"))


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}
<Placemark><name>hanau</name><ExtendedData><Data name="connection_mw"><value>60</value></Data>
<Data name="price_usd_per_mwh"><value>118.5</value></Data></ExtendedData>
<Point><coordinates>8.92,50.13,0</coordinates></Point></Placemark>
<Placemark><name>fos</name><ExtendedData><Data name="connection_mw"><value>1200</value></Data>
<Data name="price_usd_per_mwh"><value>78</value></Data></ExtendedData>
<Point><coordinates>4.94,43.44,0</coordinates></Point></Placemark></Document></kml>"""


def test_kml_and_kmz_give_the_clean_places(catalogue, tmp_path):
    path = tmp_path / "mine.kml"
    path.write_text(KML.format(""), encoding="utf-8")
    by_name = Reading(id_column="name", name_column="name")
    assert_clean(catalogue, path, by_name, names=False)
    packed = tmp_path / "mine.kmz"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(path, "doc.kml")
    assert_clean(catalogue, packed, by_name, names=False)


def entity(text):
    return '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + text


def test_a_kml_says_what_it_does_not_read(catalogue, tmp_path):
    kml = KML_HEAD + "".join(
        f"<Placemark><name>{row.name}</name><ExtendedData><Data name='id'><value>{row.id}</value>"
        f"</Data></ExtendedData><Point><coordinates>{row.lon},{row.lat}</coordinates></Point>"
        "</Placemark>"
        for row in CLEAN.set_index("name", drop=False).itertuples(index=False)
    )
    kml += "<NetworkLink><Link><href>http://localhost/x.kml</href></Link></NetworkLink>"
    path = tmp_path / "sites.kml"
    path.write_text(kml + "</Document></kml>")
    joined, ids = add_candidates(catalogue, path)
    assert ids == ("hanau", "fos")
    assert "maps that it links to were not read" in repairs(joined, ids)["hanau"]
    with zipfile.ZipFile(tmp_path / "two.kmz", "w") as archive:
        archive.write(path, "a.kml")
        archive.write(path, "b.kml")
    assert "holds 2 maps (a.kml, b.kml)" in refused(catalogue, tmp_path / "two.kmz")
    path.write_text(
        KML_HEAD + "<Placemark><name>x</name><LineString><coordinates>8,50 9,51</coordinates>"
        "</LineString></Placemark></Document></kml>"
    )
    assert "lines and groups of points are for near" in refused(
        catalogue, path, Reading(id_column="name")
    )


KML_HEAD = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'


def test_entities_and_bombs_in_archives_are_refused(catalogue, tmp_path, monkeypatch):
    path = tmp_path / "mine.kml"
    path.write_text(KML.format("").replace("<kml", entity("<kml"), 1), encoding="utf-8")
    assert "declares XML entities" in refused(catalogue, path)
    for suffix, part in (("kmz", "doc.kml"), ("xlsx", "xl/workbook.xml")):
        packed = tmp_path / f"mine.{suffix}"
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(part, entity("<a/>").encode("utf-16"))
        assert f"declares XML entities in {part}" in refused(catalogue, packed)
    monkeypatch.setattr("siting.files.MOST_UNPACKED", 1_000_000)
    for suffix, part in (("kmz", "doc.kml"), ("xlsx", "xl/sharedStrings.xml")):
        packed = tmp_path / f"bomb.{suffix}"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(part, b" " * 2_000_000)
        assert "unpacks to more than" in refused(catalogue, packed)
    broken = tmp_path / "broken.xlsx"
    for content in (b"PK\x03\x04 and so on", b"", b"id,lat,lon\n"):
        broken.write_bytes(content)
        assert "broken.xlsx" in refused(catalogue, broken)
    hollow = io.BytesIO()
    with zipfile.ZipFile(hollow, "w") as archive:
        archive.writestr("a.xml", "<a/>")
    broken.write_bytes(hollow.getvalue())
    with pytest.raises(DataError, match="cannot be read"):
        read_sheets(broken)


def test_collections_of_a_clip_keep_their_polygons(catalogue, tmp_path):
    plot = box(8.9, 50.1, 8.95, 50.15)
    clip = GeometryCollection([plot, LineString([(8, 50), (8.9, 50.1)]), Point(8, 50)])
    path = tmp_path / "mine.geojson"
    frame = gpd.GeoDataFrame({"id": ["hanau"]}, geometry=[clip], crs=4326)
    frame.to_file(path, driver="GeoJSON")
    joined, ids = add_candidates(catalogue, path)
    assert joined.candidates.loc["hanau", "geometry"].equals_exact(plot, 1e-9, normalize=True)
    assert "were left out" in repairs(joined, ids)["hanau"]


@pytest.mark.parametrize("null", [None, "", "  "])
def test_a_blank_id_is_refused(catalogue, tmp_path, null):
    feature = {
        "type": "Feature",
        "properties": {"id": null},
        "geometry": {"type": "Point", "coordinates": [22.1, 65.6]},
    }
    path = tmp_path / "mine.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert "feature 1, id: " in refused(catalogue, path)


def test_demand_is_given_by_weights_at_places_or_by_ids(catalogue, tmp_path):
    path = tmp_path / "users.csv"
    path.write_text("id;weight\nparis;2,5\nlondon;1,5\n")
    joined, ids = add_demand(catalogue, path)
    assert ids == ("paris", "london")
    own = joined.demand.loc[list(ids)]
    assert own["weight"].tolist() == [2.5, 1.5]
    assert own["lat"].tolist() == catalogue.demand.loc[list(ids), "lat"].tolist()
    assert own["population"].tolist() == catalogue.demand.loc[list(ids), "population"].tolist()
    assert not joined.demand.index.duplicated().any()
    path.write_text("id,weight\nparis,2\nlondn,1\n")
    with pytest.raises(DataError, match=r"users.csv:3: id: 'londn' is not .* Did you mean lond"):
        add_demand(catalogue, path)
    path.write_text("id,lat,lon,weight\noffice,48.9,2.3,7\n")
    joined, ids = add_demand(catalogue, path)
    assert joined.demand.loc["office", ["weight", "country"]].tolist() == [7, "FRA"]


def test_templates_are_read_as_they_are_written(catalogue, tmp_path):
    for suffix in ("csv", "xlsx"):
        path = tmp_path / f"sites.{suffix}"
        write_template(site_template(), path)
        assert add_candidates(catalogue, path)[1] == ("my_site",)
        path = tmp_path / f"demand.{suffix}"
        write_template(demand_template(), path)
        assert add_demand(catalogue, path)[1] == ("my_city",)
    assert set(FIGURES) <= set(site_template()["sites"].columns)
    page = PAGE.read_text(encoding="utf-8")
    assert with_tables(page) == page, "run: python -m tools.document_sites"


def test_new_writes_templates_and_never_over_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    assert run(app, ["new", "--sites", "--demand"]).exit_code == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["demand.csv", "demand.xlsx", "sites.csv", "sites.xlsx"]
    assert isinstance(run(app, ["new", "--sites"]).exception, StudyError)
    assert run(app, ["new", "mine.xlsx", "--sites"]).exit_code == 0
    assert not (tmp_path / "mine.csv").exists()
