"""How a running solve is told on standard error."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import typer

from siting.cli.streams import rewrite_line

if TYPE_CHECKING:
    from siting.mip import Progress

__all__ = ["ProgressLine"]


class ProgressLine:
    """Bound, incumbent and gap of a running solve: one line that moves, or a line now and then."""

    EVERY_S = 5.0

    def __init__(self) -> None:
        self._told: tuple[str, float] = ("", -math.inf)

    def __call__(self, now: Progress) -> None:
        """Say what the solve knows now."""
        known = [f"{now.phase}: {now.seconds:.0f} s"]
        if math.isfinite(now.incumbent):
            known.append(f"best {now.incumbent:.6g}")
        if math.isfinite(now.bound) and now.bound:
            known.append(f"bound {now.bound:.6g}")
        if math.isfinite(now.gap):
            known.append(f"gap {now.gap:.3%}")
        if now.cuts:
            known.append(f"{now.cuts:,} cuts")
        if math.isfinite(now.left_s):
            known.append(f"{now.left_s:.0f} s left")
        if sys.stderr.isatty():
            rewrite_line(", ".join(known))
        elif now.phase != self._told[0] or now.seconds - self._told[1] >= self.EVERY_S:
            self._told = (now.phase, now.seconds)
            typer.echo(", ".join(known), err=True)

    def say(self, text: str) -> None:
        """A line of its own kind: in place where lines move, every tenth where they do not."""
        if sys.stderr.isatty():
            rewrite_line(text)
        elif text.endswith(("0", " 1")):
            typer.echo(text, err=True)

    def note(self, text: str) -> None:
        """A sentence that stays."""
        self.close()
        typer.echo(f"warning: {text}", err=True)

    def close(self) -> None:
        """End the moving line."""
        if sys.stderr.isatty():
            rewrite_line("")
