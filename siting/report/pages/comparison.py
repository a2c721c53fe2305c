"""One page for several placements: linked maps and tables of their differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import nan

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from siting.comparison import CAUSES, CHANGES, Comparison, drivers, moved_flows, site_changes
from siting.nomenclature import HEADLINES, LIMITED, METRICS, signed
from siting.placement import Placement
from siting.report.data import (
    and_words,
    clean,
    megawatts,
    number,
    status_sentence,
    titled_table,
    titled_total,
)
from siting.report.data.answers import quantity_axis
from siting.report.maps.palette import design_title
from siting.report.pages import live_page, map_description, map_part
from siting.report.pages.interactive_map import Frame, LiveMap, live_map
from siting.report.pages.layers import change_keys, draw_difference, draw_placement, placement_frame
from siting.report.pages.parts import Column, Heading, Items, Link, Part, Tab, Table, Text

__all__ = [
    "cause_figure",
    "change_table",
    "compare_page",
    "driver_table",
    "moved_table",
    "status_list",
    "totals_table",
]

_SHOWN_FLOWS = 100


def status_list(placements: Mapping[str, Placement]) -> Items:
    """Sentences on the proof of each placement."""
    return Items([f"{clean(n)}: {status_sentence(p)}" for n, p in placements.items()])


def totals_table(placements: Mapping[str, Placement]) -> Table:
    """Totals of a year side by side, and how far each is from the first."""
    metrics = [m for m in METRICS if all(m in p.metrics for p in placements.values())]
    scaled = [quantity_axis(m, [p.metrics[m] for p in placements.values()]) for m in metrics]
    load_and_count = zip(*map(_load_and_count, placements.values()), strict=True)
    rows: list[Sequence[float]] = [*(values.tolist() for values, _ in scaled), *load_and_count]
    titles = [*(_without_year(title) for _, title in scaled), "IT load [MW]", "Sites"]
    columns = [Column("Total of a year", titles)]
    for k, (name, placement) in enumerate(placements.items()):
        values = [row[k] for row in rows]
        columns.append(Column(titled_total(clean(name), placement), values, numeric=True))
        if k:
            changes = [round(100.0 * (row[k] / row[0] - 1.0), 1) if row[0] else nan for row in rows]
            words = "Change [%]" if len(placements) == 2 else f"{clean(name)}, change [%]"
            columns.append(Column(words, changes, numeric=True, change=True))
    words = (
        f"Totals of a year, side by side, and their change from {clean(next(iter(placements)))}."
    )
    return Table(words, columns)


def _without_year(title: str) -> str:
    """Title of a total in a table that says itself that all is of a year."""
    return title.replace(" a year]", "]")


def _load_and_count(placement: Placement) -> tuple[float, float]:
    return float(placement.mean_sites["it_mw"].sum()), float(len(placement.mean_sites))


def _percent(share: float) -> str:
    """Change in percent with its sign; one digit after the point where it is small."""
    percent = 100.0 * share
    return f"{signed(percent, '.0f' if abs(percent) >= 10.0 else '.1f')} %"


def driver_table(before: Placement, after: Placement) -> list[Part]:
    """Change of each total, split among what drives it."""
    split = drivers(before, after)
    split = split.loc[[m for m in METRICS if m in split.index]]
    titles = {"change": titled_total("Change", after), "load": "IT energy", "pue": "PUE",
              "intensity": "Per kWh of electricity"}  # fmt: skip
    scaled = [quantity_axis(str(m), split.loc[m, list(titles)]) for m in split.index]
    columns = [
        Column("Total of a year", [_without_year(title) for _, title in scaled]),
        *(Column(title, [float(values[k]) for values, _ in scaled], numeric=True, digits=3,
                 change=True)
          for k, title in enumerate(titles.values())),
    ]  # fmt: skip
    words = (
        "The parts add up to the change (logarithmic mean Divisia index). Per kWh of electricity: "
        "carbon, water or price of the grid and the contracts, and water that cooling uses on site."
    )
    return [Table("What drives the change of each total.", columns), Text(words, "note")]


def change_table(before: Placement, after: Placement, key: str) -> Table:
    """Sites of either placement and what became of them; names show them on all maps."""
    changes = site_changes(before, after)
    columns = [
        Column("Site", [clean(name) for name in changes["name"]]),
        Column("What changed", [CHANGES[str(change)] for change in changes["change"]]),
        *(Column(title, changes[column].tolist(), numeric=True, change=column == "change_mw")
          for column, title in _mw_titles(before, after)),
        *(Column(title, _designs(changes[column]))
          for column, title in (("design_before", "Cooling before"),
                                ("design_after", "Cooling after"))),
    ]  # fmt: skip
    link = Link("sites", [str(site) for site in changes.index])
    return Table("Sites open in either placement.", columns, sortable=True, link=link,
                 filter_id=f"table-{key}")  # fmt: skip


def _mw_titles(before: Placement, after: Placement) -> list[tuple[str, str]]:
    """Columns of load before and after, each with its year where there are several."""
    return [
        ("before_mw", titled_table("Before [MW]", before)),
        ("after_mw", titled_table("After [MW]", after)),
        ("change_mw", "Change [MW]"),
    ]


def _designs(designs: pd.Series[str]) -> list[str]:
    return [design_title(str(design)) if design else "closed" for design in designs]


def moved_table(before: Placement, after: Placement) -> list[Part]:
    """The flows that changed most."""
    moved = moved_flows(before, after)
    total = float(moved["change_mw"].clip(lower=0.0).sum())
    shown = moved.head(_SHOWN_FLOWS)
    cities = before.demand["name"].to_dict() | after.demand["name"].to_dict()
    sites = before.sites["name"].to_dict() | after.sites["name"].to_dict()
    columns = [
        Column("Demand", [clean(cities[demand]) for demand in shown["demand"]]),
        Column("Site", [clean(sites[site]) for site in shown["site"]]),
        *(Column(title, shown[column].tolist(), numeric=True, change=column == "change_mw")
          for column, title in (*_mw_titles(before, after), ("rtt_ms", "Round trip [ms]"))),
    ]  # fmt: skip
    words = (
        f"{number(total)} MW of load is served from elsewhere; the {len(shown)} largest changes "
    )
    words += f"of {len(moved)} are listed."
    return [Text(words), Table("Flows that moved.", columns, sortable=True)]


def compare_page(placements: Mapping[str, Placement]) -> str:
    """The page as HTML text.

    Parameters
    ----------
    placements : mapping of str to Placement
        Two or more answers under the names to show; the first is what the others are compared to.

    Raises
    ------
    ValueError
        If there are fewer than two.
    """
    if len(placements) < 2:
        raise ValueError("a comparison needs two placements")
    frame = placement_frame(list(placements.values()))
    plots = [*_placement_maps(placements, frame)]
    plots += _difference_maps(placements, frame, plots[0][1])
    designs = [str(d) for placement in placements.values() for d in placement.sites["design"]]
    first, *others = placements.values()
    changes = {str(c) for other in others for c in site_changes(first, other)["change"]}
    return live_page(
        _title(placements),
        heading=_title(placements),
        description=_WORDS,
        lead=[
            *_sentences(placements),
            status_list(placements),
            totals_table(placements),
            map_part(plots, designs, changed=change_keys(changes)),
        ],
        tabs=_differences(placements),
        figures=[],
        data={},
    )


_WORDS = "The maps move together; choosing a site in a map or a table shows it in all of them."


def _sentences(placements: Mapping[str, Placement]) -> Iterator[Text]:
    """Change from the first placement to each of the others, in two sentences."""
    (first_name, first), *others = placements.items()
    for name, other in others:
        metrics = [m for m in HEADLINES if first.metrics.get(m) and m in other.metrics]
        shares = {m: other.metrics[m] / first.metrics[m] - 1.0 for m in metrics}
        ranked = sorted(shares, key=lambda m: -abs(shares[m]))
        totals = and_words([f"{LIMITED[m].words} {_percent(shares[m])}" for m in ranked])
        by_kind = site_changes(first, other).groupby("change")["name"].agg(list).to_dict()
        sites = [
            f"{verb} {and_words([*map(clean, by_kind[kind])])}"
            for kind, verb in (("added", "opens"), ("removed", "closes"))
            if kind in by_kind
        ]
        moved = float(moved_flows(first, other)["change_mw"].clip(lower=0.0).sum())
        yield Text(f"{clean(name)} in place of {clean(first_name)}: {totals}.", "said")
        yield Text(
            f"It {and_words(sites) or 'has the same sites'}; {megawatts(moved)} of load are served "
            "from other sites than before.",
            "said",
        )


def _title(placements: Mapping[str, Placement]) -> str:
    return " against ".join(clean(name) for name in placements)


def _placement_maps(
    placements: Mapping[str, Placement], frame: Frame
) -> Iterator[tuple[str, LiveMap, str]]:
    first = None
    largest = max(float(p.sites["it_mw"].max()) for p in placements.values())
    for i, (name, placement) in enumerate(placements.items()):
        plot = live_map(frame, f"map{i}", beside=first, width_px=_MAP_PX)
        first = first or plot
        draw_placement(plot, frame, placement, largest_mw=largest)
        load = megawatts(float(placement.sites["it_mw"].sum()))
        title = titled_table(f"{name}: {len(placement.sites)} sites, {load}", placement)
        yield title, plot, map_description(placement)


def _difference_maps(
    placements: Mapping[str, Placement], frame: Frame, beside: LiveMap
) -> Iterator[tuple[str, LiveMap, str]]:
    (first_name, first), *others = placements.items()
    for i, (name, placement) in enumerate(others):
        plot = live_map(frame, f"difference{i}", beside=beside, width_px=_MAP_PX)
        draw_difference(plot, frame, first, placement)
        words = f"Sites and flows that differ between {first_name} and {name}, as the tables list."
        yield clean(f"From {first_name} to {name}"), plot, words


#: Width of a map, three of which stand abreast. [px]
_MAP_PX = 400.0


def _differences(placements: Mapping[str, Placement]) -> list[Tab]:
    (first_name, first), *others = placements.items()
    tabs: dict[str, list[Part]] = {"Drivers": [], "Sites": [], "Flows": []}
    for i, (name, other) in enumerate(others):
        parts: tuple[list[Part], ...] = (
            driver_table(first, other),
            [change_table(first, other, f"changes-{i}")],
            moved_table(first, other),
        )
        for shown, own in zip(tabs.values(), parts, strict=True):
            shown += [Heading(f"From {clean(first_name)} to {clean(name)}"), *own]
    return [Tab(title, shown) for title, shown in tabs.items()]


#: Okabe and Ito's palette, one colour a cause.
_COLOURS = {"added": "#d55e00", "removed": "#56b4e9", "load": "#999999", "pue": "#cc79a7",
            "intensity": "#009e73"}  # fmt: skip


def cause_figure(comparison: Comparison, first: str) -> Figure:
    """Drivers of the difference of each total, one panel a run; bars add up to the diamond."""
    runs = list(dict.fromkeys(comparison.causes["run"]))
    figure = Figure(figsize=(8.5, 0.9 + 2.9 * len(runs)), dpi=120, layout="constrained")
    for axis, run in zip(figure.subplots(len(runs), 1, squeeze=False)[:, 0], runs, strict=True):
        own = (
            comparison.causes[comparison.causes["run"] == run]
            .drop(columns="run")
            .set_index("metric")
        )
        own = own.loc[[m for m in METRICS if m in own.index and own["before"][m]]].iloc[::-1]
        share = own.div(own["before"], axis=0) * 100.0
        places = np.arange(len(own))
        up, down = np.zeros(len(own)), np.zeros(len(own))
        for cause, colour in _COLOURS.items():
            values = share[cause].to_numpy(dtype=float)
            if not values.any():
                continue
            left = np.where(values > 0, up, down)
            axis.barh(places, values, left=left, color=colour, height=0.6, label=CAUSES[cause])
            up, down = up + values.clip(min=0), down + values.clip(max=0)
        axis.plot(share["change"], places, "D", color="#222222", markersize=6,
                  markerfacecolor="white", label="difference")  # fmt: skip
        axis.axvline(0.0, color="#222222", linewidth=1.0)
        axis.set_yticks(places, [LIMITED[str(m)].title for m in own.index], fontsize=8)
        axis.set_xlabel(f"Change from {clean(first)} [% of its total]", fontsize=9)
        axis.set_title(f"From {clean(first)} to {clean(run)}", fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
    handles = {name: h for a in figure.axes for h, name in zip(*a.get_legend_handles_labels(),
                                                               strict=True)}  # fmt: skip
    figure.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=2,
                  fontsize=8, frameon=False)  # fmt: skip
    return figure
