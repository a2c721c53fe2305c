"""The constraint families, one function each, added in the order of ``FAMILIES``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from siting.coefficients import Coefficients
from siting.mip.components import COMPONENTS, active
from siting.mip.components.generation import add_generation, add_unit_any, add_unit_sites
from siting.mip.components.storage import add_storage_reserve, add_storage_sites
from siting.mip.families.energy import (
    add_clean_supply,
    add_connection_peak,
    add_contract_output,
    add_contract_volume,
    add_energy_balance,
    add_first_power,
    add_import_limit,
    add_shared_contracts,
)
from siting.mip.families.failover import add_failover
from siting.mip.families.metric_limits import (
    add_basin_water,
    add_budgets,
    add_caps,
    add_efficiency_ceilings,
    add_lake_heat,
    add_policy_ceilings,
    add_site_water,
)
from siting.mip.families.sites import (
    add_accepted_designs,
    add_capacity,
    add_demand_met,
    add_design_count,
    add_forced_sites,
    add_load_balance,
    add_module_links,
    add_price_steps,
    add_site_count,
    add_site_open,
    add_site_ramp,
    add_site_share,
    add_site_size,
    add_utilization,
)
from siting.mip.model import Rows, Variables
from siting.mip.model.demand_classes import DemandClasses

__all__ = ["FAMILIES", "Add", "Family", "families"]

Part = Literal["master", "site", "slices", "both"]
Add = Callable[[Rows, Variables, Coefficients, DemandClasses], None]


@dataclass(frozen=True)
class Family:
    """A constraint family and what it speaks of.

    Parameters
    ----------
    add : callable
        Adds its rows; a family that a study does not ask for adds none.
    scope : {"build", "state"}
        Whether it binds what is built, once a period, or what happens, in every state.
    part : {"master", "site", "slices", "both"}
        Where its rows stand in a decomposed program: in the master; in the program of a site, or
        in the master where what the site uses follows from its mean load; in the program of a site
        always; or some here and some there.
    """

    add: Add
    scope: Literal["build", "state"] = "state"
    part: Part = "master"

    @property
    def name(self) -> str:
        """Name of its function."""
        return self.add.__name__


#: Every family, in the order in which the rows are added.
FAMILIES: tuple[Family, ...] = (
    Family(add_demand_met),
    Family(add_load_balance),
    Family(add_capacity),
    Family(add_module_links, "build"),
    Family(add_price_steps, "build"),
    Family(add_utilization),
    Family(add_accepted_designs),
    Family(add_design_count, "build"),
    Family(add_site_open, "build"),
    Family(add_energy_balance, part="slices"),
    Family(add_unit_sites, "build"),
    Family(add_unit_any, "build"),
    Family(add_connection_peak),
    Family(add_contract_output, part="slices"),
    Family(add_contract_volume),
    Family(add_shared_contracts, "build"),
    Family(add_storage_sites, "build"),
    Family(add_storage_reserve),
    Family(add_generation, part="slices"),
    *(
        Family(add, part="slices")
        for component in COMPONENTS
        for add in component.rows
        if add is not add_generation
    ),
    Family(add_import_limit, part="slices"),
    Family(add_clean_supply, part="both"),
    Family(add_site_water, part="site"),
    Family(add_basin_water),
    Family(add_lake_heat),
    Family(add_efficiency_ceilings, part="site"),
    Family(add_policy_ceilings, part="site"),
    Family(add_site_size, "build"),
    Family(add_site_count, "build"),
    Family(add_first_power, "build"),
    Family(add_site_share),
    Family(add_site_ramp),
    Family(add_forced_sites, "build"),
    Family(add_budgets),
    Family(add_caps),
    Family(add_failover),
)


def families(c: Coefficients) -> tuple[Family, ...]:
    """Every family, and those of components that a study asks for beside the built-in ones."""
    known = {family.add for family in FAMILIES}
    more = [
        family
        for component in active(c)
        for family in (
            *(Family(add, "build") for add in component.build_rows),
            *(Family(add, part="slices") for add in component.rows),
        )
        if family.add not in known
    ]
    return (*FAMILIES, *more)
