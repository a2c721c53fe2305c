"""A placement beyond its page: in the terminal, in a notebook, and as files that are mailed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree

import pandas as pd
from matplotlib.figure import Figure
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from siting.config.study import tables_basis, totals_basis
from siting.files.spreadsheets import write_workbook
from siting.nomenclature import LIMITED, LINE_WIDTH
from siting.placement import Placement
from siting.placement.notebook import Page, Picture
from siting.report.data import (
    amount,
    audit_sentence,
    clean,
    convention_of,
    convention_title,
    gap_text,
    number,
    plain_title,
    status_sentence,
    titled_table,
    titled_total,
)
from siting.report.data.states import first_power_words, state_names
from siting.report.maps import draw_map
from siting.report.maps.palette import DARK, LIGHT, map_style
from siting.report.pages import map_description, map_page, report_page
from siting.status import Status

__all__ = [
    "EXPORTS",
    "PAPER",
    "map_of",
    "page_of",
    "picture_of",
    "placement_table",
    "workbook_sheets",
]


def placement_table(placement: Placement) -> RenderableType:
    """Verdict, totals, sites and audit of a placement, at most 80 columns wide.

    A renderable of rich that shows names as they are: brackets in them are not markup.
    """
    proven = placement.status in (Status.OPTIMAL, Status.GAP_LIMIT)
    passed = placement.audit is not None and bool(placement.audit.get("passed"))
    later: list[Table | Text] = [_states(placement), Text()] if placement.states else []
    due = [Text(words) for words in first_power_words(placement)]
    return Group(
        Text(clean(placement.study.name), style="bold"),
        Text(status_sentence(placement), style="green" if proven else "yellow"),
        Text(),
        _sites(placement),
        Text(),
        _totals(placement),
        Text(),
        *later,
        *(due and [*due, Text()]),
        Text(audit_sentence(placement.audit), style="green" if passed else "yellow"),
    )


def _sites(placement: Placement) -> Table:
    """Site, design and its main figures; carbon and water are of a year."""
    title = titled_table("Sites", placement) if placement.states else None
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), width=LINE_WIDTH, title=title,
                  title_justify="left", title_style="bold")  # fmt: skip
    for title, ratio in (("Site", 3), ("Design", 4)):
        table.add_column(title, ratio=ratio, no_wrap=True, overflow="ellipsis")
    for title in ("IT\nMW", "PUE\n-", "WUE\nL/kWh", "Carbon\nt CO₂e", "Water\nm³"):
        table.add_column(title, justify="right", no_wrap=True)
    for _, site in placement.sites.iterrows():
        table.add_row(
            Text(clean(site["name"])),
            Text(clean(site["design"])),
            number(float(site["it_mw"])),
            f"{site['pue']:.3f}",
            f"{site['wue_l_per_kwh']:.2f}",
            f"{site['carbon_t_co2e']:,.0f}",
            f"{site['water_m3']:,.0f}",
        )
    return table


def _totals(placement: Placement) -> Table:
    title = titled_total("Totals of a year", placement)
    table = Table(box=None, pad_edge=False, show_header=False, title=title,
                  title_justify="left", title_style="bold")  # fmt: skip
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for metric, value in placement.metrics.items():
        if metric in LIMITED:
            basis = f", {placement.study.supply.carbon}-based" if metric == "carbon_t_co2e" else ""
            table.add_row(LIMITED[metric].title + basis, amount(metric, value))
            for key, other in placement.other_conventions.items():
                if convention_of(key) == metric:
                    said = f"  {convention_title(key, short=True)}", amount(metric, other)
                    table.add_row(*(Text(words, style="dim") for words in said))
    return table


def _states(placement: Placement) -> Table:
    """Totals of one year of each period and scenario; those above are their expected mean."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), width=LINE_WIDTH,
                  title="A year of each period and scenario (the totals above are their mean)",
                  title_justify="left", title_style="bold")  # fmt: skip
    table.add_column("State", no_wrap=True, overflow="ellipsis")
    shown = ("carbon_t_co2e", "water_m3", "cost_usd")
    largest = [max(abs(s.placement.metrics[m]) for s in placement.states) for m in shown]
    units = [LIMITED[m].unit_of(value) for m, value in zip(shown, largest, strict=True)]
    words = [f"{LIMITED[m].title.split()[0]}\n{u[1]}" for m, u in zip(shown, units, strict=True)]
    for title in ("Chance\n%", "IT\nMW", *words):
        table.add_column(title, justify="right", no_wrap=True)
    for name, state in zip(state_names(placement.states), placement.states, strict=True):
        table.add_row(
            Text(name),
            f"{100 * state.probability:.3g}",
            number(float(state.placement.sites["it_mw"].sum())),
            *(number(state.placement.metrics[metric] / factor)
              for metric, (factor, _) in zip(shown, units, strict=True)),
        )  # fmt: skip
    return table


_MAP_PX, _PAGE_PX = 620, 900
_DPI = 100


def picture_of(placement: Placement, *, dark: bool = False) -> Picture:
    """The static map of a placement."""
    buffer = io.BytesIO()
    with map_style():
        draw_map(placement, DARK if dark else LIGHT).savefig(buffer, format="png", dpi=_DPI)
    return Picture(buffer.getvalue(), map_description(placement))


def map_of(placement: Placement) -> Page:
    """The interactive map of a placement."""
    return Page(map_page(placement), map_description(placement), _MAP_PX)


def page_of(placement: Placement) -> Page:
    """The page of a placement, as a run folder has it."""
    words = f"Page of the placement of {placement.study.name}"
    return Page(report_page(placement), words, _PAGE_PX)


#: Name of the paper, which stands beside the map where PDF is asked for.
PAPER = "paper.pdf"
_A4 = (11.69, 8.27)  # inches, landscape
_MOST_ROWS = 22
_LETTER = 0.066  # inches of a letter of the tables
_KML = "http://www.opengis.net/kml/2.2"


def workbook_sheets(placement: Placement) -> dict[str, pd.DataFrame]:
    """Sheets of a run by title: summary, sites, phases, flows, supply, assumptions and study.

    Energy of ``supply`` is that of the year of the tables. [MWh]
    """
    sheets = {
        "summary": _summary(placement),
        "sites": placement.sites.rename_axis("id").reset_index(),
        "phases": placement.plan if len(placement.plan) else placement.built,
        "flows": placement.flows,
        "supply": _supply(placement),
        "assumptions": placement.provenance,
        "study": pd.DataFrame(_flat(placement.study.to_mapping()), columns=["key", "value"]),
    }
    return {title: table for title, table in sheets.items() if len(table.columns)}


def _summary(placement: Placement) -> pd.DataFrame:
    basis = totals_basis(placement.study) or "a typical year"
    rows: list[tuple[str, Any, str]] = [
        ("study", placement.study.name, ""),
        ("description", placement.study.description, ""),
        ("status", str(placement.status), ""),
        ("proven gap", placement.gap, "-"),
        ("totals of", basis, ""),
        ("sites and flows of", tables_basis(placement.study) or "a typical year", ""),
        ("open sites", placement.sites.index.nunique(), ""),
        ("IT load", float(placement.sites["it_mw"].sum()), "MW"),
    ]
    rows += [(LIMITED[name].title, v, LIMITED[name].unit) for name, v in placement.metrics.items()]
    audit = placement.audit or {}
    passed = ("yes" if audit["passed"] else "no") if "passed" in audit else "not done"
    rows += [("audit passed", passed, "")]
    rows += [(f"left out: {site}", reason, "") for site, reason in placement.left_out.items()]
    rows += [(f"version of {name}", version, "") for name, version in placement.versions.items()]
    rows += [("SHA-256 of the tables", placement.catalogue_sha256, "")]
    return pd.DataFrame(rows, columns=["quantity", "value", "unit"])


def _supply(placement: Placement) -> pd.DataFrame:
    """Energy of each source at each site, and what it has contracted."""
    table = placement.supply.assign(mwh=placement.supply["mw"] * placement.supply["hours"])
    energy = table.groupby(["site", "source"], sort=False)["mwh"].sum().reset_index()
    wide = placement.sites
    energy["contract_mw"] = [
        float(wide.loc[site, f"{source}_contract_mw"]) if f"{source}_contract_mw" in wide else None
        for site, source in zip(energy["site"], energy["source"], strict=True)
    ]
    return energy


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every key of a study with its value, one a row."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flat(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        for i, item in enumerate(value):
            yield from _flat(item, f"{key}[{i}]")
    elif isinstance(value, list | Mapping):
        yield key, ", ".join(map(str, value))
    else:
        yield key, value


def write_xlsx(placement: Placement, folder: Path, dark: bool) -> None:
    """Write ``placement.xlsx``; text stays text, whatever it begins with."""
    write_workbook(workbook_sheets(placement), folder / "placement.xlsx")


def write_parquet(placement: Placement, folder: Path, dark: bool) -> None:
    """Write each layer of the map as GeoParquet in EPSG:4326."""
    for layer, frame in placement.layers().items():
        frame.to_parquet(folder / f"{layer}.parquet", index=False)


def write_kmz(placement: Placement, folder: Path, dark: bool) -> None:
    """Write ``placement.kmz``: sites, demand and flows as folders of one map."""
    root = ElementTree.Element("kml", xmlns=_KML)
    document = _below(root, "Document")
    _below(document, "name", placement.study.name)
    for layer in ("sites", "demand", "flows"):
        table = placement.layers()[layer]
        inner = _below(document, "Folder")
        _below(inner, "name", layer)
        for row in table.to_dict("records"):
            _placemark(inner, row)
    content = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    stamp = zipfile.ZipInfo("doc.kml", date_time=(1980, 1, 1, 0, 0, 0))
    stamp.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(folder / "placement.kmz", "w") as archive:
        archive.writestr(stamp, content)


def _placemark(parent: ElementTree.Element, row: dict[str, Any]) -> None:
    shape = row.pop("geometry")
    mark = _below(parent, "Placemark")
    title = row.get("name") or f"{row.get('demand')} - {row.get('site')}"
    _below(mark, "name", title)
    data = _below(mark, "ExtendedData")
    for key, value in row.items():
        if value is not None and value == value:  # NaN is not itself
            _below(_below(data, "Data", name=key), "value", value)
    line = shape.geom_type == "LineString"
    form = _below(mark, "LineString" if line else "Point")
    if line:
        _below(form, "tessellate", 1)
    _below(form, "coordinates", " ".join(f"{x:.6f},{y:.6f}" for x, y in shape.coords))


def _below(
    parent: ElementTree.Element, tag: str, text: object = None, **attributes: str
) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, tag, attributes)
    if text is not None:
        element.text = clean(text)
    return element


def write_paper(placement: Placement, folder: Path, dark: bool) -> None:
    """Write ``paper.pdf``: the map on one page; the sites, totals and assumptions on another."""
    # Not with the module: no page needs it, and it reads all that is known of fonts.
    from matplotlib.backends.backend_pdf import PdfPages

    palette = DARK if dark else LIGHT
    with map_style(), PdfPages(folder / PAPER, metadata={"CreationDate": None}) as pages:
        pages.savefig(draw_map(placement, palette))
        pages.savefig(_tables_page(placement, palette.paper, palette.ink))


def _tables_page(placement: Placement, paper: str, ink: str) -> Figure:
    figure = Figure(figsize=_A4, facecolor=paper)
    y = _line(figure, 0.04, 0.95, clean(placement.study.name), ink, size=15, weight="bold")
    proven = f"{placement.status}, proven within {gap_text(placement.gap)} of the best possible"
    y = _line(figure, 0.04, y, proven, ink)
    year = tables_basis(placement.study)
    title = f"Sites{f' ({year})' if year else ''}"
    y = _grid(figure, y - 0.02, title, _site_rows(placement), ink,
              widths=(0.2, 0.16, 0.06, 0.06, 0.08, 0.36))  # fmt: skip
    basis = totals_basis(placement.study)
    totals = [(LIMITED[m].title, amount(m, v)) for m, v in placement.metrics.items()]
    title = f"Totals of a year{f' ({basis})' if basis else ''}"
    _grid(figure, y - 0.02, title, [("Metric", "Value"), *totals], ink, widths=(0.22, 0.2))
    _grid(figure, y - 0.02, "Assumptions", _assumption_rows(placement), ink,
          widths=(0.14, 0.38), left=0.46)  # fmt: skip
    return figure


def _site_rows(placement: Placement) -> list[tuple[str, ...]]:
    """Site, design, load, efficiency, and what the planner gave of it."""
    table = placement.provenance
    given = table[table["label"] == "given"] if len(table) else table
    rows: list[tuple[str, ...]] = [("Site", "Design", "IT MW", "PUE", "WUE L/kWh", "Given")]
    for site, row in placement.sites.iterrows():
        own = given[given["site"] == str(site)] if len(given) else given
        words = ", ".join(own["attribute"].astype(str)) if len(own) else ""
        figures = (number(row["it_mw"]), f"{row['pue']:.3f}", f"{row['wue_l_per_kwh']:.2f}")
        rows.append((clean(row["name"]), plain_title(str(row["design"])), *figures, words))
    return rows


def _assumption_rows(placement: Placement) -> list[tuple[str, str]]:
    """Labels of what the run rests on, and the sources of most of it."""
    table, economics = placement.provenance, placement.study.economics
    rows = [
        ("What", "Value"),
        ("Discount rate", f"{economics.discount_rate:.1%}"),
        ("Lifetime of halls", f"{economics.lifetime_years:g} years"),
        ("Water", f"{economics.water_price_usd_per_m3:g} USD/m3"),
        ("Carbon", f"{economics.carbon_price_usd_per_t:g} USD/t"),
        ("Climate", f"{placement.study.climate.year} year"),
        ("Carbon of contracts", f"{placement.study.supply.carbon}-based"),
        ("Water of hydropower", str(placement.study.supply.hydro_water)),
    ]
    if len(table):
        counts = table["label"].value_counts()
        rows += [(f"Figures that are {label}", str(count)) for label, count in counts.items()]
        sources = table["source"].value_counts().head(6)
        rows += [("Source", clean(source)) for source in sources.index]
    return rows


def _line(figure: Figure, x: float, y: float, text: str, ink: str, **style: Any) -> float:
    """Put a line on a page, and give the place of the next; no text is read as mathematics."""
    size = float(style.pop("size", 9.0))
    figure.text(x, y, text, color=ink, va="top", parse_math=False, size=size, **style)
    return y - size * 1.7 / 72 / _A4[1]


def _grid(
    figure: Figure,
    y: float,
    title: str,
    rows: Sequence[tuple[str, ...]],
    ink: str,
    *,
    widths: tuple[float, ...],
    left: float = 0.04,
) -> float:
    """Put a small table on a page, cells cut to their columns, and give the place below it."""
    y = _line(figure, left, y, title, ink, size=11, weight="bold")
    for i, row in enumerate(rows[:_MOST_ROWS]):
        x, bottom = left, y
        for cell, width in zip(row, widths, strict=True):
            most = int(width * _A4[0] / _LETTER)
            text = cell if len(cell) <= most else f"{cell[: most - 1]}…"
            bottom = _line(figure, x, y, text, ink, size=8, weight="normal" if i else "bold")
            x += width
        y = bottom
    if len(rows) > _MOST_ROWS:
        y = _line(figure, left, y, f"and {len(rows) - _MOST_ROWS} more", ink, size=8)
    return y


#: Writers of each form beside the map: of a placement, into a folder, dark or not.
EXPORTS: Mapping[str, Callable[[Placement, Path, bool], None]] = MappingProxyType(
    {"xlsx": write_xlsx, "kmz": write_kmz, "parquet": write_parquet, "pdf": write_paper}
)
