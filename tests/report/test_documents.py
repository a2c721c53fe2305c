"""Documents of figures: byte for byte what Bokeh writes of the same figures."""

import json

from bokeh.document import Document
from bokeh.models import ColumnDataSource, HoverTool, Range1d, Span

from siting.report.pages.bars import row_axes
from siting.report.pages.charts import axes
from siting.report.pages.documents import figure_document


def charts():
    """Two charts that share a range and a source, with what the charts of a page have."""
    source = ColumnDataSource({"x": [1.0, 2.0], "y": [3.0, float("nan")], "colour": ["red", "tan"]})
    first = axes("first", height=200, title="A <title>", x_range=Range1d(0.0, 3.0))
    dots = first.scatter("x", "y", source=source, fill_color="colour", size=7, tags=["fill:ink"])
    first.add_tools(HoverTool(tooltips=[("y", "@y{0.0}")], renderers=[dots], mode="vline"))
    first.add_layout(Span(location=1.0, dimension="height"))
    second = row_axes("second", "Cost [USD]", ["a", "b"])
    second.x_range = first.x_range
    second.line("x", "y", source=source, line_color=None)
    return [first, second]


def test_figures_are_written_as_bokeh_writes_them():
    figures = charts()
    ours = figure_document("d", figures)["docs"]["d"]
    document = Document()
    for figure in figures:
        document.add_root(figure)
    theirs = document.to_json(deferred=False)
    assert json.dumps(ours["roots"]) == json.dumps(theirs["roots"])
    assert list(ours) == list(theirs)
    assert ours["version"] == theirs["version"]
    assert ours["config"]["name"] == theirs["config"]["name"]
