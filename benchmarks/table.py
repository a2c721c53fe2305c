"""The results as a reader sees them."""

from __future__ import annotations

import math
from collections.abc import Iterable

from rich.table import Table

from benchmarks.cases import PHASES, CaseResult
from benchmarks.physics import PhysicsResult
from benchmarks.scale import METHODS, ScaleResult, growth

__all__ = ["case_table", "figure", "growth_lines", "physics_line", "scale_table"]

#: Ends of a case that need more words.
ENDED = {"not asked": "not asked: smaller size not proven"}


def figure(value: float, form: str) -> str:
    """A number in a format, or a dash where there is none, as of a way that raised."""
    return format(value, form) if math.isfinite(value) else "–"


def case_table(results: Iterable[CaseResult]) -> Table:
    """One row a case."""
    table = Table(title="Seconds a phase", title_justify="left")
    headings = ("sites", "slices", *PHASES, "total", "peak MB", "columns", "rows")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("gap", justify="right", no_wrap=True)
    for result in results:
        table.add_row(*_cells(result))
    return table


def _cells(result: CaseResult) -> tuple[str, ...]:
    seconds = [result.seconds[phase] for phase in PHASES]
    return (
        str(result.sites),
        str(result.slices),
        *(f"{value:.2f}" for value in (*seconds, sum(seconds))),
        f"{result.memory_mb:.0f}",
        f"{result.columns:,}",
        f"{result.rows:,}",
        result.status if result.audit_passed else f"{result.status}, audit failed",
        f"{result.gap:.4%}",
    )


def physics_line(result: PhysicsResult) -> str:
    """The physics in a sentence or two."""
    return (
        f"Physics: {result.sites:,} sites × {result.hours:,} hours × {result.designs} designs in "
        f"{result.seconds:.1f} s ({result.cpu_seconds:.1f} s of one processor); "
        f"peak memory {result.memory_mb:.0f} MB, "
        f"{result.memory_before_mb:.0f} MB of it packages and weather. "
        f"The wet bulb alone takes {result.wet_bulb_seconds:.1f} s; "
        f"psychrolib would take {result.psychrolib_seconds:,.0f} s "
        f"(extrapolated from {result.psychrolib_calls:,} calls)."
    )


def scale_table(results: Iterable[ScaleResult]) -> Table:
    """One row for each size and way to solve it."""
    table = Table(title="Ways to solve one made-up problem", title_justify="left")
    headings = ("sites", "slices", "build s", "solve s", "CPU s", "peak MB", "MUSD a year", "gap")
    table.add_column("method", no_wrap=True)
    for heading in (*headings, "load"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("ended")  # wraps: an error may be long
    for r in results:
        table.add_row(
            r.method, str(r.sites), f"{r.slices:,}", figure(r.build_s, ".2f"),
            figure(r.solve_s, ".2f"), figure(r.cpu_s, ".2f"), figure(r.memory_mb, ".0f"),
            figure(r.objective_usd / 1e6, ".3f"), figure(r.gap, ".4%"),
            f"{r.load_average:.1f}", ENDED.get(r.ended, r.ended),
        )  # fmt: skip
    return table


def growth_lines(results: Iterable[ScaleResult]) -> list[str]:
    """Growth exponents of build and solve time together, in sentences."""
    results, lines = list(results), []
    for method in METHODS:
        for by, held in (("slices", "sites"), ("sites", "slices")):
            found = growth(results, method, by)
            shown = ", ".join(f"{value:.2f} at {size:,} {held}" for size, value in found.items())
            if shown:
                lines.append(f"{method}: time grows with {by} to the power {shown}.")
    return lines
