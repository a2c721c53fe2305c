"""The whole problem written a second time for SciPy, day by day; shares nothing with `siting.mip`.

Regions are not merged, every day of the year has its own level in each store, and grid energy is
what is left over. The planner's sizes, shares and budgets are in `limited`, periods in `joint`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

import numpy as np
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_array

from siting.coefficients import Coefficients

Key = tuple[object, ...]
Sum = dict[Key, float]


def _add(*parts: tuple[float, Mapping[Key, float]]) -> Sum:
    """Σ factor · expression."""
    result: dict[Key, float] = defaultdict(float)
    for factor, part in parts:
        for key, value in part.items():
            result[key] += factor * value
    return dict(result)


class Program(Protocol):
    """Variables between bounds, some of them whole, and rows as sums between limits."""

    low: dict[Key, float]
    high: dict[Key, float]
    whole: set[Key]
    rows: list[tuple[Sum, float, float]]


def least(goal: Mapping[Key, float], program: Program) -> float:
    """Least value of an expression over a program; infinite where nothing meets every row."""
    keys = {key: j for j, key in enumerate(program.low)}
    cost = np.zeros(len(keys))
    for key, value in goal.items():
        cost[keys[key]] = value
    where, values = [], []
    for i, (expression, _, _) in enumerate(program.rows):
        where += [(i, keys[key]) for key in expression]
        values += expression.values()
    index = np.array(where).T
    shape = (len(program.rows), len(keys))
    matrix = csr_array((values, (index[0], index[1])), shape=shape)
    scale = max(np.abs(cost).max(), 1e-12)
    lower, upper = ([row[i] for row in program.rows] for i in (1, 2))
    found = milp(
        cost / scale,
        integrality=[key in program.whole for key in keys],
        bounds=(list(program.low.values()), list(program.high.values())),
        constraints=LinearConstraint(matrix, lower, upper),
        options={"mip_rel_gap": 1e-9},
    )
    return float(found.fun * scale) if found.status == 0 else float("inf")


class Independent:
    """Variables by name, rows as sums between limits."""

    def __init__(self, c: Coefficients) -> None:
        self.c, self.o = c, c.operation
        self.low: dict[Key, float] = {}
        self.high: dict[Key, float] = {}
        self.whole: set[Key] = set()
        self.rows: list[tuple[Sum, float, float]] = []
        self.slices = range(len(c.hours))
        self.power: dict[tuple[int, int], Sum] = {}
        self.load: dict[tuple[int, int], Sum] = {}
        self._build()
        self._serve()
        self._flexible()
        self._loads()
        self._accepted()
        for s in range(len(c.sites)):
            self._site(s)
        self._clean()
        self._ceilings()
        self._due()
        self._ramp()

    def var(self, *key: object, low: float = 0.0, high: float = np.inf, whole: bool = False) -> Sum:
        """One variable as an expression."""
        if key not in self.low:
            self.low[key], self.high[key] = low, high
            if whole:
                self.whole.add(key)
        return {key: 1.0}

    def row(self, expression: Sum, low: float = -np.inf, high: float = np.inf) -> None:
        """One row between limits."""
        self.rows.append((expression, low, high))

    def _pairs(self, s: int) -> list[int]:
        return [int(p) for p in np.flatnonzero(self.c.pair_site == s)]

    def _build(self) -> None:
        c = self.c
        for s in range(len(c.sites)):
            opened = []
            for p in self._pairs(s):
                built = self.var("open", p, high=1.0, whole=True)
                halls = self.var("halls", p, high=float(c.max_modules[p]), whole=True)
                self.row(_add((1.0, halls), (-float(c.max_modules[p]), built)), high=0.0)
                self.row(_add((1.0, halls), (-1.0, built)), low=0.0)
                if c.limits.design_mw:
                    least = c.limits.design_mw[c.pair_design[p]][0] or 0.0
                    self.row(_add((c.block_mw[p], halls), (-least, built)), low=0.0)
                opened.append((1.0, built))
                self.priced_mw(p)
            self.row(_add(*opened), high=float(c.structure.designs_per_site))
            site = self.var("site", s, high=1.0, whole=True)
            self.row(_add((float(len(opened)), site), *((-1.0, e) for _, e in opened)), low=0.0)
            self.row(_add((1.0, site), *((-1.0, e) for _, e in opened)), high=0.0)
            peak = [(c.pue_peak[p] * c.block_mw[p], self.var("halls", p)) for p in self._pairs(s)]
            self._unit_rows(s)
            rest = 1.0 - self.o.backup.share if self.o.backup else 1.0
            need = _add(*((rest, part) for part in (_add(*peak),)))
            for lost in self._outages(s):
                firm = [
                    (-power.firm[j] * power.unit_mw[j], self.var("unit", j))
                    for power in [self.o.power] if power is not None for j in self._units(s)
                ]  # fmt: skip
                self.row(_add((1.0, need), *firm, *lost), high=c.connection_mw[s])

    def _due(self) -> None:
        """Power that must stand by now, or lacks at a price."""
        c = self.c
        for i, asked in enumerate(c.structure.first_power):
            halls = [
                (c.block_mw[p], self.var("halls", p))
                for p in range(len(c.pair_site)) if asked.sites[c.pair_site[p]]
            ]  # fmt: skip
            if asked.price_usd_per_mw is not None:
                halls.append((1.0, self.var("late", i)))
            self.row(_add(*halls), low=asked.mw)

    def _ramp(self) -> None:
        """Every hour of every site, up and down."""
        ramps, most = self.c.structure.ramps, self.c.limits.max_ramp_mw_per_hour
        if ramps is None:
            return
        for s, h in np.ndindex(len(self.c.sites), ramps.change.shape[1]):
            moves = [
                (ramps.change[ramps.group[w, d], h], self.var("serve", w, d, at))
                for w, d, at in self.flows if at == s and ramps.group[w, d] >= 0
            ]  # fmt: skip
            if moves:
                self.row(_add(*moves), low=-most, high=most)

    def _units(self, s: int) -> list[int]:
        power = self.o.power
        return [] if power is None else [int(j) for j in np.flatnonzero(power.site == s)]

    def _outages(self, s: int) -> list[list[tuple[float, Sum]]]:
        """Nothing lost, and one unit of each firm generator, which is lost where it stands."""
        power, cases = self.o.power, [[]]
        for j in self._units(s):
            if power.one_out and not power.connects[j] and power.firm[j] > 0:
                there = self.var("there", j, high=1.0, whole=True)
                unit = self.var("unit", j, high=float(power.most[j]), whole=True)
                self.row(_add((float(power.most[j]), there), (-1.0, unit)), low=0.0)
                cases.append([(power.firm[j] * power.unit_mw[j], there)])
        return cases

    def _unit_rows(self, s: int) -> None:
        """Units at open sites alone; stores that hold hours of the peak."""
        c, power = self.c, self.o.power
        opened = [self.var("open", p) for p in self._pairs(s)]
        for j in self._units(s):
            unit = self.var("unit", j, high=float(power.most[j]), whole=True)
            most = [(-float(power.most[j]), e) for e in opened]
            self.row(_add((1.0, unit), *most), high=0.0)
        if power is not None and len(power.reserve_h) and power.reserve_h[s] > 0:
            stored = [
                (self.o.storage.duration_h[u], self.var("store", u, high=self.o.storage.max_mw[u]))
                for u in self._stores(s)
            ]
            peak = [
                (-power.reserve_h[s] * c.pue_peak[p] * c.block_mw[p], self.var("halls", p))
                for p in self._pairs(s)
            ]
            self.row(_add(*stored, *peak), low=0.0)

    def _made(self, s: int, t: int) -> list[tuple[int, Sum]]:
        """Power of each generator of a site, between what it must and what it can give."""
        power, found = self.o.power, []
        for j in self._units(s):
            if power.connects[j]:
                continue
            made, full = self.var("made", j, t), power.output[j, t] * power.unit_mw[j]
            self.row(_add((1.0, made), (-full, self.var("unit", j))), high=0.0)
            self.row(_add((1.0, made), (-power.least[j] * full, self.var("unit", j))), low=0.0)
            found.append((j, made))
        return found

    def _burnt(self, j: int, t: int, made: Sum) -> Sum:
        """Output weighed by what it burns: above every line of the curve over output."""
        power = self.o.power
        own = power.curves[j] if power.curves else ()
        if not own:
            return made
        burnt, full = self.var("burnt", j, t), power.output[j, t] * power.unit_mw[j]
        rates = [x.price_usd_per_mwh / power.price_usd_per_mwh[j] for x in own]
        x0 = y0 = 0.0
        for k, (segment, rate) in enumerate(zip(own, rates, strict=True)):
            if k > 0 or power.least[j] == 0:
                above = -full * (y0 - rate * x0)
                line = ((1.0, burnt), (-rate, made), (above, self.var("unit", j)))
                self.row(_add(*line), low=0.0)
            x0, y0 = x0 + segment.share, y0 + rate * segment.share
        return burnt

    def priced_mw(self, p: int) -> Sum:
        """Installed power of a pair at a factor of one: blocks that are filled in order."""
        c, halls = self.c, {**_add((float(self.c.block_mw[p]), self.var("halls", p)))}
        if c.scale is None:
            return halls
        ends = [*c.scale.from_mw[1:], c.scale.from_mw[-1] + c.max_modules[p] * c.block_mw[p]]
        widths = np.diff([*c.scale.from_mw[:1], *ends])
        blocks, known = [], ("block", p, 0) in self.low
        for k, width in enumerate(widths):
            blocks.append((float(c.scale.factor[k]), self.var("block", p, k, high=float(width))))
            if k and not known:
                full = self.var("full", p, k, high=1.0, whole=True)
                before = self.var("block", p, k - 1)
                self.row(_add((1.0, before), (-float(widths[k - 1]), full)), low=0.0)
                self.row(_add((1.0, blocks[-1][1]), (-float(width), full)), high=0.0)
        if not known:
            self.row(_add((1.0, halls), *((-1.0, e) for _, e in blocks)), 0.0, 0.0)
        return _add(*blocks)

    def _serve(self) -> None:
        c = self.c
        self.flows = [
            (w, d, s)
            for w, d, s in np.ndindex(c.eligible.shape)
            if c.eligible[w, d, s] and c.demand_mw[w, d] > 0
        ]
        for w, d in np.ndindex(c.demand_mw.shape):
            parts = [(1.0, self.var("serve", *f)) for f in self.flows if f[:2] == (w, d)]
            if parts:
                self.row(_add(*parts), c.demand_mw[w, d], c.demand_mw[w, d])

    def _flexible(self) -> None:
        """net[f,t]: what a flow does above its mean, split into more and less."""
        self.net: dict[tuple[tuple[int, int, int], int], Sum] = {}
        if self.o.flexible is None:
            return
        f, cal = self.o.flexible, self.o.calendar
        groups: dict[Key, list[tuple[int, int, int]]] = defaultdict(list)
        for flow in self.flows:
            w = flow[0]
            if f.share[w] > 0:
                groups[flow[:2] if f.between_sites[w] else flow].append(flow)
                for t in self.slices:
                    less, more = self.var("less", *flow, t), self.var("more", *flow, t)
                    serve = self.var("serve", *flow)
                    there = f.share[w] * self.wave(flow, t)
                    self.row(_add((1.0, less), (-there, serve)), high=0.0)
                    self.net[flow, t] = _add((1.0, more), (-1.0, less))
                for r in range(cal.days):
                    mean = [
                        (1 / len(cal.slices(r)), self.var("less", *flow, t)) for t in cal.slices(r)
                    ]
                    self.row(_add(*mean, (-f.day_limit[w], self.var("serve", *flow))), high=0.0)
        for group, flows in groups.items():
            self._balance(group, flows, float(f.week_limit[flows[0][0]]))

    def _balance(self, group: Key, flows: Iterable[tuple[int, int, int]], week: float) -> None:
        c, cal = self.c, self.o.calendar
        flows = list(flows)
        for m in np.unique(cal.month):
            gone = []
            for r in cal.days_of(m):
                day = _add(*((cal.block_h, self.net[f, t]) for f in flows for t in cal.slices(r)))
                if week == 0:
                    self.row(day, 0.0, 0.0)
                away = self.var("away", group, r)
                self.row(_add((1.0, day), (1.0, away)), low=0.0)
                gone.append((c.hours[cal.slices(r)[0]] / cal.block_h, away))
            inside = [t for t in self.slices if cal.month[t] == m]
            self.row(_add(*((c.hours[t], self.net[f, t]) for f in flows for t in inside)), 0.0, 0.0)
            energy = week * c.hours[inside].sum()
            self.row(_add(*gone, *((-energy, self.var("serve", *f)) for f in flows)), high=0.0)

    def _accepted(self) -> None:
        """What each workload puts under each design, as load and as servers."""
        c, accepts = self.c, self.c.structure.accepts
        if accepts is None:
            return
        for s in range(len(c.sites)):
            own = [f for f in self.flows if f[2] == s]
            for what in ("load", "servers"):
                parts = {}
                for f in own:
                    need = c.capacity_per_load[f[0]] if what == "servers" else 1.0
                    for p in self._pairs(s):
                        if accepts[f[0], c.pair_design[p]]:
                            parts[f, p] = self.var("under", what, f, p)
                    given = [(1.0, part) for (g, _), part in parts.items() if g == f]
                    self.row(_add(*given, (-need, self.var("serve", *f))), 0.0, 0.0)
                for p in self._pairs(s):
                    room = {"load": self.load[p, 0],
                            "servers": _add((c.block_mw[p], self.var("halls", p)))}  # fmt: skip
                    taken = [(1.0, part) for (_, q), part in parts.items() if q == p]
                    self.row(_add(*taken, (-1.0, room[what])), high=0.0)

    def wave(self, flow: tuple[int, int, int], t: int, name: str = "mean") -> float:
        """Load of a flow in a slice over its mean of the year."""
        profile = self.o.profile
        return 1.0 if profile is None else float(getattr(profile, name)[flow[0], flow[1], t])

    def _loads(self) -> None:
        c = self.c
        moves = self.o.flexible is not None
        for s in range(len(c.sites)):
            own = [f for f in self.flows if f[2] == s]
            for t in self.slices:
                total = [(self.wave(f, t), self.var("serve", *f)) for f in own]
                total += [(1.0, self.net[f, t]) for f in own if (f, t) in self.net]
                carried = []
                for p in self._pairs(s):
                    self.load[p, t] = self.var("load", p, t) if moves else self.var("load", p)
                    full = (-c.block_mw[p], self.var("halls", p))
                    self.row(_add((1.0, self.load[p, t]), full), high=0.0)
                    carried.append((-1.0, self.load[p, t]))
                self.row(_add(*total, *carried), 0.0, 0.0)
                if moves:
                    extra = self.var("servers", s)
                    above = [
                        (c.capacity_per_load[f[0]], self.net[f, t])
                        for f in own
                        if (f, t) in self.net
                    ]
                    waves = [f for f in own if self.o.profile and self.o.profile.varies[f[0]]]
                    above += [
                        (self.wave(f, t, "largest") - c.capacity_per_load[f[0]],
                         self.var("serve", *f))
                        for f in waves
                    ]  # fmt: skip
                    self.row(_add((1.0, extra), *((-x, e) for x, e in above)), low=0.0)
            servers = [(c.capacity_per_load[f[0]], self.var("serve", *f)) for f in own]
            if moves:
                servers.append((1.0, self.var("servers", s)))
            halls = [(-c.block_mw[p], self.var("halls", p)) for p in self._pairs(s)]
            self.row(_add(*servers, *halls), high=0.0)

    def running(self, p: int, t: int, on: float, off: float) -> Sum:
        """Value · IT load, where part of the load may have its engine off."""
        idle = self.o.idle
        if idle is None or p not in idle.pair:
            return _add((on, self.load[p, t]))
        still = self.var("still", p, t)
        return _add((on, self.load[p, t]), (off - on, still))

    def off(self, name: str, p: int, t: int) -> float:
        """Value while the engine of a pair stands still."""
        idle = self.o.idle
        if idle is None or p not in idle.pair:
            return 0.0
        return float(getattr(idle, name)[list(idle.pair).index(p), t])

    def _site(self, s: int) -> None:
        c, o, pairs = self.c, self.o, self._pairs(s)
        offers = [int(i) for i in np.flatnonzero(c.offer_site == s)]
        volume = [
            (
                float(c.hours @ c.capacity_factor[i]),
                self.var("contract", i, high=c.offer_limit_mw[i]),
            )
            for i in offers
        ]
        energy = [
            (-c.max_contract_share * c.hours[t], self.load[p, t])
            for p in pairs
            for t in self.slices
        ]
        self.row(_add(*volume, *energy), high=0.0)
        for t in self.slices:
            parts = [
                (
                    1.0,
                    self.running(
                        p, t, c.pue[p, t] - c.generated_kwh_per_kwh[p, t], self.off("pue", p, t)
                    ),
                )
                for p in pairs
            ]
            if o.idle is not None:
                for p in set(pairs) & set(o.idle.pair.tolist()):
                    still = self.var("still", p, t)
                    self.row(_add((1.0, self.load[p, t]), (-1.0, still)), low=0.0)
            for u in self._stores(s):
                parts += [(1.0, self.var("in", u, t)), (-1.0, self.var("out", u, t))]
            for h in self._heat(s):
                parts.append((o.heat.electricity, self.var("heat", h, t)))
                room = (o.heat.recoverable[list(o.heat.pair).index(h)], self.load[h, t])
                self.row(_add(room, (o.heat.electricity - 1.0, self.var("heat", h, t))), low=0.0)
            if self._heat(s):
                sold = _add(*((1.0, self.var("heat", h, t)) for h in self._heat(s)))
                self.row(sold, high=o.heat.demand_mw[s, t])
            if o.backup is not None:
                parts.append((-1.0, self.var("backup", s, t)))
            parts += [(-1.0, made) for _, made in self._made(s, t)]
            for i in offers:
                used = self.var("used", i, t)
                made = (c.capacity_factor[i, t], self.var("contract", i))
                self.row(_add(made, (-1.0, used)), low=0.0)
            imported = _add(*parts)
            self.power[s, t] = _add(
                (1.0, imported), *((-1.0, self.var("used", i, t)) for i in offers)
            )
            self.row(self.power[s, t], low=0.0)
            if o.storage or o.heat or o.backup or o.power:
                taken = [
                    (-o.power.output[j, t] * o.power.unit_mw[j], self.var("unit", j))
                    for j in self._units(s) if o.power.connects[j]
                ]  # fmt: skip
                self.row(_add((1.0, imported), *taken), high=c.connection_mw[s])
        self._store_rows(s)
        self._backup_rows(s)
        self._heat_rows(s)

    def _stores(self, s: int) -> list[int]:
        store = self.o.storage
        return [] if store is None else [int(u) for u in np.flatnonzero(store.site == s)]

    def _heat(self, s: int) -> list[int]:
        heat = self.o.heat
        return [] if heat is None else [int(p) for p in heat.pair if self.c.pair_site[p] == s]

    def _store_rows(self, s: int) -> None:
        """Every block of every day of the year has a level of its own."""
        c, store, cal = self.c, self.o.storage, self.o.calendar
        for u in self._stores(s):
            size = self.var("store", u, high=store.max_mw[u])
            opened = [(-store.max_mw[u], self.var("open", p)) for p in self._pairs(s)]
            self.row(_add((1.0, size), *opened), high=0.0)
            for t in self.slices:
                both = _add((1.0, self.var("in", u, t)), (1.0, self.var("out", u, t)), (-1.0, size))
                self.row(both, high=0.0)
            order, starts = [], []
            for r in range(cal.days):
                for _ in range(round(c.hours[cal.slices(r)[0]] / cal.block_h)):
                    starts.append(len(order))
                    order += cal.slices(r).tolist()
            for i, t in enumerate(order):
                here = self.var("level", u, i)
                self.row(_add((store.duration_h[u], size), (-1.0, here)), low=0.0)
                after = i + 1 if i + 1 < len(order) else 0
                if not store.carries[u] and (after in starts or after == 0):
                    after = max(start for start in starts if start <= i)
                self.row(
                    _add(
                        (1.0, here), (-1.0, self.var("level", u, after)),
                        (cal.block_h * store.charge_efficiency[u], self.var("in", u, t)),
                        (-cal.block_h / store.discharge_efficiency[u], self.var("out", u, t)),
                    ), 0.0, 0.0,
                )  # fmt: skip

    def _backup_rows(self, s: int) -> None:
        c, backup = self.c, self.o.backup
        if backup is None:
            return
        power = [
            (backup.share * c.pue_peak[p] * c.block_mw[p], self.var("halls", p))
            for p in self._pairs(s)
        ]
        for t in self.slices:
            self.row(_add(*power, (-1.0, self.var("backup", s, t))), low=0.0)
        year = [(-c.hours[t], self.var("backup", s, t)) for t in self.slices]
        self.row(_add(*((backup.hours * x, e) for x, e in power), *year), low=0.0)

    def _heat_rows(self, s: int) -> None:
        c, heat = self.c, self.o.heat
        if heat is None or not heat.demand_mw[s].any():
            return
        sold = [(c.hours[t], self.var("heat", h, t)) for h in self._heat(s) for t in self.slices]
        used = [
            (-heat.min_share * c.hours[t], self.running(p, t, c.pue[p, t], self.off("pue", p, t)))
            for p in self._pairs(s) for t in self.slices
        ]  # fmt: skip
        self.row(_add(*sold, *used), low=0.0)

    def _ceilings(self) -> None:
        """Annual PUE of each pair and on-site water of each site, by what runs when."""
        c = self.c
        for s in range(len(c.sites)):
            litres = []
            for p in self._pairs(s):
                above = []
                for t in self.slices:
                    h = c.hours[t]
                    if c.limits.pue_max is not None:
                        power = self.running(p, t, c.pue[p, t], self.off("pue", p, t))
                        above += [(h, power), (-h * c.limits.pue_max, self.load[p, t])]
                    off = self.off("wue_l_per_kwh", p, t)
                    litres.append((h, self.running(p, t, c.wue_l_per_kwh[p, t], off)))
                self.row(_add(*above), high=0.0)
            litres += [
                (c.hours[t] * self.o.power.water_l_per_kwh[j], made)
                for t in self.slices for j, made in self._made(s, t)
            ]  # fmt: skip
            if c.limits.site_water_m3 is not None:
                self.row(_add(*litres), high=c.limits.site_water_m3)

    def _clean(self) -> None:
        for rule in self.o.clean:
            covered = [int(s) for s in np.flatnonzero(rule.sites)]
            balance = {(s, t): self._clean_part(rule, s, t) for s in covered for t in self.slices}
            if rule.local:
                period = self.slices if rule.period is None else rule.period
                for s, k in {(s, int(period[t])) for s, t in balance}:
                    own = [t for t in self.slices if period[t] == k]
                    self.row(_add(*((self.c.hours[t], balance[s, t]) for t in own)), low=0.0)
            else:
                self.row(
                    _add(*((self.c.hours[t], part) for (_, t), part in balance.items())), low=0.0
                )

    def _clean_part(self, rule: object, s: int, t: int) -> Sum:
        """(1 − share) · used − what is not clean."""
        c, o = self.c, self.o
        used = [
            (1.0, self.running(p, t, c.pue[p, t], self.off("pue", p, t))) for p in self._pairs(s)
        ]
        used += [(o.heat.electricity, self.var("heat", h, t)) for h in self._heat(s)]
        gas = [
            (1.0, self.running(p, t, c.generated_kwh_per_kwh[p, t], 0.0)) for p in self._pairs(s)
        ]
        if o.backup is not None:
            gas.append((1.0, self.var("backup", s, t)))
        gas += [(1.0, made) for j, made in self._made(s, t) if not o.power.clean[j]]
        dirty = _add(*gas, (1.0 - rule.grid_share[s], self.power[s, t]))
        for i in np.flatnonzero(c.offer_site == s) if rule.unclean is not None else ():
            dirty = _add((1.0, dirty), (float(rule.unclean[i]), self.var("used", int(i), t)))
        return _add(*((x * (1.0 - rule.share), e) for x, e in used), (-1.0, dirty))

    def metric(self, name: str) -> Sum:
        """One metric as an expression; carbon has a price in the cost."""
        if name == "cost_usd":
            carbon = (self.c.carbon_price_usd_per_t, self._metric("carbon_t_co2e"))
            return _add((1.0, self._metric(name)), carbon)
        return self._metric(name)

    def _metric(self, name: str) -> Sum:
        c, parts = self.c, []
        grid = {
            "energy_mwh": np.zeros_like(c.grid_carbon_t_per_mwh),
            "carbon_t_co2e": c.grid_carbon_t_per_mwh,
            "cost_usd": c.grid_price_usd_per_mwh + c.electricity_tax_usd_per_mwh[:, None],
            "water_m3": np.tile(c.grid_water_l_per_kwh[:, None], len(c.hours)),
        }[name]
        for (s, t), power in self.power.items():
            parts.append((c.hours[t] * grid[s, t], power))
            parts += [(c.hours[t], self._onsite(name, p, t)) for p in self._pairs(s)]
        for i in range(len(c.offer_site)):
            for t in self.slices:
                factor = {
                    "carbon_t_co2e": c.offer_carbon_t_per_mwh[i, t],
                    "water_m3": c.offer_water_l_per_kwh[i],
                    "cost_usd": c.electricity_tax_usd_per_mwh[c.offer_site[i]],
                }.get(name, 0.0)
                parts.append((c.hours[t] * factor, self.var("used", int(i), t)))
            if name == "cost_usd":
                made = float(c.hours @ c.capacity_factor[i]) * c.offer_price_usd_per_mwh[i]
                parts.append((made, self.var("contract", int(i))))
        return _add(*parts, *self._built(name), *self._operated(name))

    def _onsite(self, name: str, p: int, t: int) -> Sum:
        c = self.c
        fuel = self.running(p, t, c.fuel_kwh_per_kwh[p, t], 0.0)
        water = self.running(p, t, c.wue_l_per_kwh[p, t], self.off("wue_l_per_kwh", p, t))
        water_price = float(c.water_price_usd_per_m3[c.pair_site[p]])
        return {
            "energy_mwh": self.running(p, t, c.pue[p, t], self.off("pue", p, t)),
            "carbon_t_co2e": _add((c.fuel_carbon_t_per_mwh, fuel)),
            "water_m3": water,
            "cost_usd": _add((c.fuel_price_usd_per_mwh, fuel), (water_price, water)),
        }[name]

    def _built(self, name: str) -> Iterable[tuple[float, Sum]]:
        c = self.c
        for p in range(len(c.pair_site)):
            if name == "carbon_t_co2e":
                yield c.fixed_carbon_t_per_mw[p] * c.block_mw[p], self.var("halls", p)
                year = c.hours.sum()
                for t in self.slices:
                    spare = (
                        c.spare_share[p]
                        * self._mean_servers(c.it_carbon_t_per_mw >= 0)
                        * c.hours[t]
                        / year
                    )
                    yield spare, self.load[p, t]
            if name == "cost_usd":
                yield c.fixed_cost_usd_per_mw[p], self.priced_mw(p)
                yield c.om_usd_per_mw[p] * c.block_mw[p], self.var("halls", p)
        for i, asked in enumerate(c.structure.first_power if name == "cost_usd" else ()):
            if asked.price_usd_per_mw is not None:
                yield asked.price_usd_per_mw, self.var("late", i)
        opening = {"carbon_t_co2e": c.open_carbon_t_co2e, "cost_usd": c.open_cost_usd}
        for s in range(len(c.sites)) if name in opening else ():
            yield float(opening[name][s]), self.var("site", s)
        if name == "carbon_t_co2e":
            for w, d, s in self.flows:
                yield c.capacity_per_load[w] * c.it_carbon_t_per_mw[w], self.var("serve", w, d, s)

    def _mean_servers(self, chosen: np.ndarray) -> float:
        """Carbon of a MW of servers, by what stands of each workload."""
        c = self.c
        stands = [
            c.capacity_per_load[w] * c.demand_mw[w].sum() if chosen[w] else 0.0
            for w in range(len(c.workloads))
        ]
        return sum(x * y for x, y in zip(stands, c.it_carbon_t_per_mw, strict=True)) / sum(stands)

    def _operated(self, name: str) -> Iterable[tuple[float, Sum]]:
        c, o = self.c, self.o
        for s in range(len(c.sites)):
            for u in self._stores(s):
                built = {
                    "carbon_t_co2e": o.storage.carbon_t_per_mw,
                    "cost_usd": o.storage.cost_usd_per_mw,
                }
                yield built.get(name, np.zeros(u + 1))[u], self.var("store", u)
            if o.flexible is not None and name == "carbon_t_co2e":
                moves = np.asarray(o.flexible.share) > 0
                moves = moves if o.profile is None else moves | o.profile.varies
                yield self._mean_servers(moves), self.var("servers", s)
            for j in self._units(s):
                each = {"carbon_t_co2e": o.power.carbon_t_co2e, "cost_usd": o.power.cost_usd}
                yield float(each.get(name, np.zeros(j + 1))[j]), self.var("unit", j)
            for t in self.slices:
                for j, made in self._made(s, t):
                    litres = o.power.water_l_per_kwh[j]
                    each = {"cost_usd": c.water_price_usd_per_m3[s] * litres, "water_m3": litres}
                    yield c.hours[t] * each.get(name, 0.0), made
                    each = {"carbon_t_co2e": o.power.carbon_t_per_mwh[j],
                            "cost_usd": o.power.price_usd_per_mwh[j]}  # fmt: skip
                    if name in each:
                        yield c.hours[t] * each[name], self._burnt(j, t, made)
                h = c.hours[t]
                if name == "energy_mwh":
                    for u in self._stores(s):
                        yield h, _add((1.0, self.var("in", u, t)), (-1.0, self.var("out", u, t)))
                for p in self._heat(s):
                    credit = -o.heat.credit_t_per_mwh if o.heat.credit_counts else 0.0
                    each = {
                        "energy_mwh": o.heat.electricity,
                        "carbon_t_co2e": credit,
                        "cost_usd": -o.heat.price_usd_per_mwh,
                    }
                    yield h * each.get(name, 0.0), self.var("heat", p, t)
                if o.backup is not None:
                    each = {
                        "carbon_t_co2e": o.backup.carbon_t_per_mwh,
                        "cost_usd": o.backup.price_usd_per_mwh,
                    }
                    yield h * each.get(name, 0.0), self.var("backup", s, t)

    def least(self, name: str) -> float:
        """Least value of a metric; infinite where nothing meets every row."""
        return least(self.metric(name), self)
