"""The constraint families, one function each, added in the order of ``FAMILIES``."""

from __future__ import annotations

from collections.abc import Callable

from pulp import LpProblem

from siting.coefficients import Coefficients
from siting.mip.constraints.budgets import add_budgets
from siting.mip.constraints.capacity import add_capacity, add_strong_links, add_utilization
from siting.mip.constraints.contracts import add_contract_output, add_contract_volume
from siting.mip.constraints.demand import add_demand_met, add_load_balance
from siting.mip.constraints.designs import add_one_design
from siting.mip.constraints.efficiency import add_efficiency_ceilings
from siting.mip.constraints.energy import add_connection_peak, add_energy_balance
from siting.mip.constraints.forced import add_forced_sites
from siting.mip.constraints.sizes import add_site_count, add_site_share, add_site_size
from siting.mip.constraints.water import add_site_water
from siting.mip.flows import DemandClasses
from siting.mip.variables import Variables

__all__ = ["FAMILIES", "Family"]

Family = Callable[[LpProblem, Variables, Coefficients, DemandClasses], None]

#: Every family; those that a study does not ask for add no row.
FAMILIES: tuple[Family, ...] = (
    add_demand_met,
    add_load_balance,
    add_capacity,
    add_utilization,
    add_strong_links,
    add_one_design,
    add_energy_balance,
    add_connection_peak,
    add_contract_output,
    add_contract_volume,
    add_site_water,
    add_efficiency_ceilings,
    add_site_size,
    add_site_count,
    add_site_share,
    add_forced_sites,
    add_budgets,
)
