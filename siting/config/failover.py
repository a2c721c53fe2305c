"""Section ``failover``: what critical workloads must survive."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from siting.config.base import Section

__all__ = ["Failover", "Loss"]

Loss = Literal["none", "site", "grid_zone"]


class Failover(Section):
    """Losses that the workloads marked critical survive, one loss at a time."""

    loss: Loss = Field(
        default="none",
        description="What may be lost: none, any one site, or all the sites of any one grid zone. "
        "The capacity that is left must carry every workload marked critical; the others wait.",
    )
    extra_rtt_ms: float = Field(
        default=20.0,
        ge=0,
        le=2000,
        description="How much longer than max_rtt_ms a round trip may be after a loss; assumed. "
        "[ms]",
    )
