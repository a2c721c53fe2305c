"""Section ``policy``: which laws on efficiency bind what is built."""

from __future__ import annotations

from pydantic import Field

from siting.config.base import Names, Section

__all__ = ["Policy"]


class Policy(Section):
    """Ceilings on PUE and WUE of geodata/policy.csv; a starting point, never legal advice."""

    laws: Names = Field(
        default=(),
        description="all: every law for new sites that is in force in `year`; or ids of "
        "geodata/policy.csv, drafts, pacts and incentives included; empty for none.",
    )
    year: int = Field(
        default=2026, ge=2000, le=2200, description="Year whose laws bind what is built."
    )
