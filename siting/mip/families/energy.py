"""Energy balance, connection and import of a site, output of its contracts, clean energy."""

from __future__ import annotations

import numpy as np

from siting.arrays import FloatArray, IndexArray
from siting.coefficients import Coefficients
from siting.coefficients.dispatch_options import CleanRule
from siting.coefficients.power import Power
from siting.mip.components import groups
from siting.mip.families.metric_limits import row_terms
from siting.mip.model import Rows, Terms, Variables, it_load, total
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.metrics import metric_expression

__all__ = [
    "add_clean_supply",
    "add_connection_peak",
    "add_contract_output",
    "add_contract_volume",
    "add_energy_balance",
    "add_first_power",
    "add_import_limit",
    "add_shared_contracts",
]


def add_energy_balance(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Grid and contracts carry the facility, with the slice's own PUE.

    grid_mw[s,t] + Σ_g supply_mw[s,g,t]
        =  Σ_k (pue[s,k,t] − generated[s,k,t]) · load_mw[s,k]        ∀ s, t

    Where the dispatch options are on, stores and generators give power on the left, and on
    the right stand stores that charge, heat pumps, moved load, and the PUE of idle engines:

    … + Σ_u discharge_mw[u,t] + backup_mw[s,t] + Σ_g generate_mw[g,t]
        =  Σ_k (pue − generated)[k,t] · (load_mw[k] + move_mw[k,t])
           + Σ_q (pue_idle − pue + generated)[q,t] · idle_mw[q,t]
           + Σ_u charge_mw[u,t] + Σ_h heat_mw[h,t] / COP
    """
    drawn = c.generated_kwh_per_kwh - c.pue
    for s in range(len(c.sites)):
        offers = c.offers_of_site[s]
        for t in range(len(c.hours)):
            terms = [(v.grid_mw[s][t], 1.0)]
            terms += [(v.supply_mw[o][t], 1.0) for o in offers]
            terms += _facility_power(v, c, s, t, running=drawn, idle_scale=-1.0)
            rows.add(total(terms + _operated(v, c, s, t)) == 0.0, f"energy_{s}_{t}")


def _facility_power(
    v: Variables, c: Coefficients, s: int, t: int, *, running: FloatArray, idle_scale: float = 1.0
) -> Terms:
    """Σ_k value[s,k,t] · (IT load of the pair), other where its engine stands still.

    ``running`` is the value per IT power in normal operation, shape (P, T); ``idle_scale`` the
    factor on the PUE, which is the value while the engine stands still.
    """
    terms: Terms = []
    for p in c.pairs_of_site[s]:
        terms += it_load(v, int(p), t, float(running[p, t]))
    if c.operation.idle is not None:
        for q in np.flatnonzero(c.pair_site[c.operation.idle.pair] == s):
            p = c.operation.idle.pair[q]
            off = idle_scale * c.operation.idle.pue[q, t] - running[p, t]
            terms.append((v.idle_mw[q][t], float(off)))
    return terms


def _operated(v: Variables, c: Coefficients, s: int, t: int) -> Terms:
    """Power that stores, generators and heat pumps give to a site, less what they take."""
    o, terms = c.operation, []
    for group in groups(c):
        rows = np.flatnonzero(group.site == s) if group.gives else ()
        terms += [(v.own[group.name][i][t], group.gives) for i in rows]
    if o.power is not None:
        terms += [(v.generate_mw[g][t], 1.0) for g in o.power.generators_at(s)]
    return terms


def add_connection_peak(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """The installed capacity at its worst hour fits the connection.

    Σ_k  pue_peak[s,k] · block_mw[k] · modules[s,k]  ≤  connection_mw[s]        ∀ s

    Where generators for emergencies may cover peaks, only 1 − share of it must fit. Steps of the
    connection and firm generators are added on the right, with any one unit out where asked for:

    …  ≤  connection_mw[s] + Σ_j firm[j] · unit_mw[j] · units[j]
         − firm[i] · unit_mw[i] · unit_any[i]        ∀ s, firm generators i at s
    """
    backup = c.operation.backup
    rest = 1.0 - backup.share if backup is not None and backup.covers_peaks else 1.0
    peak = c.pue_peak * c.block_mw * rest
    for s, limit in enumerate(c.connection_mw):
        terms = [(v.modules[p], float(peak[p])) for p in c.pairs_of_site[s]]
        if not terms:
            continue
        terms += _unit_terms(v, s, c.operation.power)
        lost = _outages(v, s, c.operation.power)
        for i, out in enumerate(lost or [[]]):
            name = f"connection_{s}_{i}" if lost else f"connection_{s}"
            rows.add(total([*terms, *out]) <= float(limit), name)


def _unit_terms(v: Variables, s: int, power: Power | None) -> Terms:
    """Firm power of units, on the left side."""
    if power is None:
        return []
    mw = power.firm * power.unit_mw
    return [(v.units[j], -float(mw[j])) for j in power.at(s) if mw[j] > 0]


def _outages(v: Variables, s: int, power: Power | None) -> list[Terms]:
    """Terms that each firm generator of a site loses with one unit out."""
    if power is None:
        return []
    mw = power.firm * power.unit_mw
    return [
        [(v.unit_any[i], float(mw[j]))] for i, j in enumerate(power.spared) if power.site[j] == s
    ]


def add_contract_output(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """A contract delivers no more than it generates; the bound of the variable is its limit.

    supply_mw[o,t]  ≤  capacity_factor[o,t] · contract_mw[o]        ∀ o, t
    """
    for o in range(len(c.offer_source)):
        for t in range(len(c.hours)):
            output = (v.contract_mw[o], -float(c.capacity_factor[o, t]))
            row = total([(v.supply_mw[o][t], 1.0), output]) <= 0.0
            rows.add(row, f"contract_{o}_{t}")


def add_contract_volume(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """A site contracts no more energy in a year than a share of its IT energy.

    Σ_g Σ_t h_t · capacity_factor[s,g,t] · contract_mw[s,g]
        ≤  max_share · Σ_t h_t · Σ_k (load_mw[s,k] + move_mw[s,k,t])        ∀ s
    """
    output = c.capacity_factor @ c.hours / c.hours.sum()
    for s in np.unique(c.offer_site):
        terms = [(v.contract_mw[o], float(output[o])) for o in c.offers_of_site[s]]
        pairs = c.pairs_of_site[s]
        terms += [(v.load_mw[p], -c.max_contract_share) for p in pairs]
        if v.move_mw:
            weight = -c.max_contract_share * c.hours / c.hours.sum()
            terms += [(v.move_mw[p][t], float(h)) for p in pairs for t, h in enumerate(weight)]
        rows.add(total(terms) <= 0.0, f"contract_volume_{s}")


def add_shared_contracts(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Sites that contract one plant share its capacity.

    Σ_{o of plant g} contract_mw[o]  ≤  limit_mw[g]        ∀ g

    Couples the sites to which the plant is on offer.
    """
    shared = c.structure.contracts
    if shared is None:
        return
    for g, limit in enumerate(shared.limit_mw):
        terms = [(v.contract_mw[o], 1.0) for o in np.flatnonzero(shared.offer_plant == g)]
        rows.add(total(terms) <= float(limit), f"contract_shared_{g}")


def add_clean_supply(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Energy that is not clean stays within what the clean share leaves.

    With dirty[s,t] = (1 − grid_share[s]) · grid_mw[s,t] + generated from gas[s,t] + backup_mw[s,t]
    + Σ supply_mw[o,t] of contracts that do not count + Σ_g generate_mw[g,t] of own generators that
    are not clean, and used[s,t] = facility power, engine or grid, and that of heat pumps:

    dirty[s,t]  ≤  (1 − share) · used[s,t]                         ∀ s of the rule, t     (hour)
    Σ_{t∈m} h_t · dirty[s,t]  ≤  (1 − share) · Σ_{t∈m} h_t · used[s,t]    ∀ s, months m   (month)
    Σ_s Σ_t h_t · dirty[s,t]  ≤  (1 − share) · Σ_s Σ_t h_t · used[s,t]                    (year)

    A store is as clean as what charged it: dirty energy counts in the hour in which it is drawn,
    losses included. Matched by the hour or the month each site stands for itself, since a contract
    far away cannot carry it; over the year the sites of a rule are taken together, which couples
    them.
    """
    for i, rule in enumerate(c.operation.clean):
        if not rule.local:
            _over_year(rows, v, c, demand, i)
        elif not v.use:
            for s in np.flatnonzero(rule.sites):
                if (c.pair_site == s).any():
                    _by_period(rows, v, c, rule, int(s), i)


def _over_year(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses, i: int) -> None:
    """One row over the sites of a rule, for each hour of the year and MW of all demand."""
    terms = row_terms(v, c, demand)[f"clean_{i}"].only(c, demand, c.operation.clean[i].sites)
    if terms.any():
        scale = 1.0 / (c.total_demand_mw * float(c.hours.sum()))
        rows.add(metric_expression(v, terms.scaled(scale)) <= 0.0, f"clean_year_{i}")


def _by_period(rows: Rows, v: Variables, c: Coefficients, rule: CleanRule, s: int, i: int) -> None:
    """One row in each period of the rule, for each of its hours."""
    period = np.arange(len(c.hours)) if rule.period is None else rule.period
    name = "hour" if rule.period is None else "month"
    for k in np.unique(period):
        inside = np.flatnonzero(period == k)
        part = c.hours[inside] / c.hours[inside].sum()
        terms = [
            (variable, value * float(share))
            for t, share in zip(inside, part, strict=True)
            for variable, value in _excess(v, c, rule, s, int(t))
        ]
        rows.add(total(terms) <= 0.0, f"clean_{name}_{i}_{s}_{k}")


def _excess(v: Variables, c: Coefficients, rule: CleanRule, s: int, t: int) -> Terms:
    """Unclean power of a site in a slice, less (1 − share) of the power used."""
    allowed = 1.0 - rule.share
    unclean = c.generated_kwh_per_kwh - allowed * c.pue
    terms = _facility_power(v, c, s, t, running=unclean, idle_scale=-allowed)
    terms.append((v.grid_mw[s][t], 1.0 - float(rule.grid_share[s])))
    terms += [(v.supply_mw[o][t], 1.0) for o in rule.unclean_offers(c.offers_of_site[s])]
    for group in groups(c):
        own, factor = v.own[group.name], group.dirty - allowed * group.uses
        terms += [(own[i][t], factor) for i in np.flatnonzero(group.site == s)]
    power = c.operation.power
    if power is not None:
        dirty = ~power.clean[power.generators]
        terms += [(v.generate_mw[g][t], 1.0) for g in power.generators_at(s) if dirty[g]]
    return [(variable, value) for variable, value in terms if value]


def add_first_power(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Power that must stand by a year, or is late at a price. Couples the sites of each entry.

    Σ_{s ∈ i} Σ_k block_mw[k] · modules[s,k] + late_mw[i]  ≥  mw[i]        ∀ entries i due by then

    with ``late_mw`` for entries that have a price alone.
    """
    late = iter(v.late_mw)
    for i, asked in enumerate(c.structure.first_power):
        pairs = np.flatnonzero(asked.sites[c.pair_site])
        terms = [(v.modules[p], float(c.block_mw[p])) for p in pairs]
        if asked.price_usd_per_mw is not None:
            terms.append((next(late), 1.0))
        rows.add(total(terms) >= asked.mw, f"first_power_{i}")


def add_import_limit(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Import limit: import fits the connection in every slice. Local to a site.

    grid_mw[s,t] + Σ_g supply_mw[s,g,t]
        ≤  connection_mw[s] + Σ_j output[j,t] · unit_mw[j] · units[j]        ∀ s, t

    with the steps j of the connection, of which ``output`` may be imported in the slice. Added
    where something else than the halls draws or gives power; otherwise the peak on the connection
    says the same.
    """
    power = c.operation.power
    if not c.operation.limits_import:
        return
    for s, limit in enumerate(c.connection_mw):
        offers = c.offers_of_site[s]
        own = _steps(power, s)
        for t in range(len(c.hours)):
            terms = [(v.grid_mw[s][t], 1.0)] + [(v.supply_mw[i][t], 1.0) for i in offers]
            if power is not None:
                mw = power.output[:, t] * power.unit_mw
                terms += [(v.units[j], -float(mw[j])) for j in own]
            rows.add(total(terms) <= float(limit), f"import_{s}_{t}")


def _steps(power: Power | None, s: int) -> IndexArray:
    """Steps of the connection of a site, indices of the J options."""
    own = np.zeros(0, dtype=np.intp) if power is None else power.at(s)
    return own if power is None else own[power.connects[own]]
