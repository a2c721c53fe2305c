"""The results as a reader sees them."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from benchmarks.cases import PHASES, CaseResult
from benchmarks.physics import PhysicsResult

__all__ = ["case_table", "physics_line"]


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
