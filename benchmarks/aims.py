"""Targets of the decomposition, next to the measurements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.scale import AIM_RATIO, AIM_SIZE, GAP, ScaleResult

__all__ = ["aim_lines", "ratio_lines"]

#: Size, time and memory that the largest study should be proven in. [s], [MB]
LARGEST, MOST_S, MOST_MB = (200, 1440), 60.0, 2_000.0
#: Slices of the two ends of the aim on growth, and how much longer the larger may take. [-]
FEW, MANY, MOST_GROWTH = 24, 1440, 2.0


def ratio_lines(results: Iterable[ScaleResult]) -> list[str]:
    """Ratio of the monolithic time to the decomposed one, at each size that both solved."""
    by_size: dict[tuple[int, int], dict[str, ScaleResult]] = {}
    for r in results:
        by_size.setdefault((r.sites, r.slices), {})[r.method] = r
    lines = []
    for (sites, slices), found in by_size.items():
        ratio = _ratio(found)
        if ratio:
            lines.append(f"{sites} sites × {slices:,} slices: monolithic takes {ratio}.")
    return lines


def _ratio(found: dict[str, ScaleResult]) -> str | None:
    """In words; a lower bound where the monolithic program was not proven in its time."""
    short, whole = found.get("decomposed"), found.get("monolithic")
    if short is None or whole is None or not short.proven:
        return None
    if whole.failed or whole.ended == "not asked":
        return None
    if whole.proven:
        return f"{whole.whole_s / short.whole_s:.1f} times as long as decomposed"
    return (
        f"more than {whole.limit_s / short.whole_s:.1f} times as long as decomposed "
        f"({whole.ended} after {whole.limit_s:.0f} s)"
    )


def aim_lines(results: Sequence[ScaleResult]) -> list[str]:
    """Each aim, what was measured and whether it is reached; nothing where it was not measured."""
    solved = {(r.sites, r.slices): r for r in results if r.method == "decomposed"}
    at_aim = {r.method: r for r in results if (r.sites, r.slices) == AIM_SIZE}
    lines = []
    largest = solved.get(LARGEST)
    if largest is not None:
        reached = largest.proven and largest.whole_s <= MOST_S and largest.memory_mb <= MOST_MB
        lines.append(
            f"Aim: {LARGEST[0]} sites × {LARGEST[1]:,} slices to {GAP:.1%} in {MOST_S:.0f} s and "
            f"{MOST_MB:,.0f} MB. Measured: {largest.ended}, {largest.whole_s:.1f} s, "
            f"{largest.memory_mb:,.0f} MB: {_reached(reached)}."
        )
        few = solved.get((LARGEST[0], FEW))
        if few is not None and few.proven and largest.proven:
            growth = largest.whole_s / few.whole_s
            lines.append(
                f"Aim: {MANY:,} slices in at most {MOST_GROWTH:.0f} times the time of {FEW}, at "
                f"{LARGEST[0]} sites. Measured: {growth:.2f} times: "
                f"{_reached(growth <= MOST_GROWTH)}."
            )
    ratio = _ratio(at_aim)
    if ratio:
        short, whole = at_aim["decomposed"], at_aim["monolithic"]
        least = (whole.whole_s if whole.proven else whole.limit_s) / short.whole_s
        lines.append(
            f"Aim: {AIM_RATIO:.0f} times faster than monolithic at {AIM_SIZE[0]} sites × "
            f"{AIM_SIZE[1]} slices. Measured: monolithic takes {ratio}: "
            f"{_reached(least >= AIM_RATIO)}."
        )
    return lines


def _reached(reached: bool) -> str:
    return "reached" if reached else "not reached"
