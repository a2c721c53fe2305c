"""Every limit of a study once: its key, which way it loosens, its constraint family and its audit.

The infeasibility diagnosis moves limits by this table, the documentation shows it, and tests hold
that the families, the checks of the audit and the binding limits of a placement agree with it. The
checks themselves stay apart on purpose.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from siting.nomenclature import SCOPES

__all__ = ["LIMITS", "Limit", "markdown_table"]


@dataclass(frozen=True)
class Limit:
    """One kind of limit.

    Parameters
    ----------
    path : str
        Dotted key; ``[*]`` stands for every entry of a list, ``*`` for every name of a mapping.
    family : str
        Function that adds its rows, or ``left out`` where it keeps flows or pairs from the model.
    audit : str
        Check of the audit that holds it.
    out : object
        Value with which it limits nothing.
    looser : int
        1 where a larger number is looser, -1 where a smaller one is, 0 where it is no number.
    end : float
        Loosest number there is.
    also : tuple of (str, object)
        Keys to set along when it is left out.
    metric : str
        Metric that it is a budget of, if it is one.
    """

    path: str
    family: str
    audit: str
    out: object = None
    looser: int = 0
    end: float = math.inf
    also: tuple[tuple[str, object], ...] = ()
    metric: str = ""


_LEFT_OUT = "left out"
_MUCH = 1e15

LIMITS: tuple[Limit, ...] = (
    Limit("limits.max_share_per_site", "add_site_share", "max_share_per_site", looser=1, end=1.0),
    Limit("limits.max_mw_per_site", "add_site_size", "max_mw_per_site", looser=1, end=1e6),
    Limit("limits.min_mw_per_site", "add_site_size", "min_mw_per_site", looser=-1, end=0.0),
    # Sizes of designs, which some have where the study is silent.
    Limit("limits.designs.*.max_mw_per_site", "add_site_size", "max_mw_of_design", 1e6, 1, 1e6),
    Limit("limits.designs.*.min_mw_per_site", "add_site_size", "min_mw_of_design", 0.0, -1, 0.0),
    Limit("limits.max_sites", "add_site_count", "max_sites", looser=1, end=10_000),
    Limit("limits.min_sites", "add_site_count", "min_sites", looser=-1, end=0),
    Limit("limits.open", "add_forced_sites", "open", out=[]),
    Limit("limits.closed", "add_forced_sites", "closed", out=[]),
    Limit("limits.pue_max", "add_efficiency_ceilings", "pue_max", looser=1, end=3.0),
    Limit(
        "limits.wue_max_l_per_kwh", "add_efficiency_ceilings", "wue_max_l_per_kwh",
        looser=1, end=20.0,
    ),
    *(
        Limit(f"limits.{name}", "add_budgets", name, looser=1, end=_MUCH, metric=name)
        for name in ("energy_mwh", "carbon_t_co2e", *SCOPES, "water_m3", "cost_usd")
    ),
    *(
        Limit(f"limits.{name}", f"add_{name.split('_')[0]}_water", name, looser=1, end=_MUCH)
        for name in (
            "site_water_m3", "site_withdrawal_m3", "basin_water_m3", "basin_withdrawal_m3",
        )
    ),
    Limit("limits.shared_lake_heat", "add_lake_heat", "lake_heat", out=False),
    Limit("first_power[*].mw", "add_first_power", "first_power", out=1e-6, looser=-1, end=1e-6),
    Limit("caps[*].at_most", "add_caps", "caps", out=_MUCH, looser=1, end=_MUCH),
    Limit("policy.laws", "add_policy_ceilings", "policy", out=[]),
    Limit(
        "failover.loss", "add_failover", "failover", out="none",
        also=(("demand.workloads[*].critical", False),),
    ),
    Limit("technology.designs.*.available", _LEFT_OUT, "built_while_unavailable", out=True),
    Limit("demand.workloads[*].max_rtt_ms", _LEFT_OUT, "max_rtt_ms", looser=1, end=2000.0),
    Limit("demand.workloads[*].residency", _LEFT_OUT, "residency", out="none"),
    Limit("demand.workloads[*].designs", "add_accepted_designs", "accepted_designs", out=[]),
    Limit(
        "supply.clean[*].share", "add_clean_supply", "clean_year", out=1e-9, looser=-1, end=1e-9
    ),
    Limit("heat_reuse.min_share", "add_heat_share", "heat_min_share", 0.0, -1, 0.0),
)  # fmt: skip


def markdown_table() -> str:
    """Return the limits as a table for the documentation."""
    ways = {1: "larger", -1: "smaller", 0: "leave out"}
    rows = [
        f"| `{limit.path}` | {ways[limit.looser]} | "
        f"{limit.family if limit.family == _LEFT_OUT else f'`{limit.family}`'} | `{limit.audit}` |"
        for limit in LIMITS
    ]
    head = ["| key | looser | constraint family | check of the audit |", "|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"
