"""Tables of a page read back, so that tests can add up what a planner sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

__all__ = ["PageTable", "read_tables"]


@dataclass
class PageTable:
    """Caption, headings and cells: numbers where the page sorts by one, else text."""

    caption: str = ""
    headings: list[str] = field(default_factory=list)
    rows: list[list[float | str]] = field(default_factory=list)

    def column(self, heading: str) -> list[float | str]:
        """Cells under the one heading that begins like this."""
        (place,) = (i for i, words in enumerate(self.headings) if words.startswith(heading))
        return [row[place] for row in self.rows]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tables: list[PageTable] = []
        self.where = ""
        self.value: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append(PageTable())
        elif tag == "tr":
            self.where = "row"
            self.tables[-1].rows.append([])
        elif tag == "caption":
            self.where = tag
        elif tag in ("td", "th") and self.tables:
            given = dict(attrs)
            self.where = "heading" if given.get("scope") == "col" else "cell"
            if self.where == "heading":
                self.tables[-1].headings.append("")
            else:
                value = given.get("data-value")
                self.tables[-1].rows[-1].append(float(value) if value else "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("caption", "td", "th", "table"):
            self.where = ""

    def handle_data(self, data: str) -> None:
        table = self.tables[-1] if self.tables else None
        if table is None:
            return
        if self.where == "caption":
            table.caption += data
        elif self.where == "heading":
            table.headings[-1] += data
        elif self.where == "cell" and isinstance(table.rows[-1][-1], str):
            table.rows[-1][-1] += data


def read_tables(page: str) -> list[PageTable]:
    """Every table of a page."""
    reader = _Reader()
    reader.feed(page)
    for table in reader.tables:
        table.rows = [row for row in table.rows if row]
    return reader.tables
