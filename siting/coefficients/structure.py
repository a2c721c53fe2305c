"""What the structural families need: losses, shared limits, caps, ceilings; all optional."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["Basins", "Cap", "Ceiling", "Failover", "Heat", "Structure"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Failover:
    """Losses that critical workloads survive, one at a time.

    Parameters
    ----------
    eligible : ndarray of bool, shape (W, D, S)
        Pairs that may be served after a loss; none of a workload that is not critical.
    losses : tuple of (str, tuple of int)
        Name and lost sites of each contingency.
    """

    eligible: BoolArray
    losses: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Basins:
    """On-site water that the sites of a basin share.

    Parameters
    ----------
    names : tuple of str
        The B basins.
    site_basin : ndarray of int, shape (S,)
        Basin of each site.
    water_m3, withdrawal_m3 : float or None
        Most that the sites of one basin may consume and withdraw in a year. [m3]
    """

    names: tuple[str, ...]
    site_basin: IntArray
    water_m3: float | None = None
    withdrawal_m3: float | None = None


@dataclass(frozen=True)
class Heat:
    """Heat that water bodies take.

    Parameters
    ----------
    names : tuple of str
        The B bodies with a limit.
    site_body : ndarray of int, shape (S,)
        Body of each site, -1 where there is none or it has no limit.
    limit_mw : ndarray, shape (B,)
        Most heat that all the sites of a body may reject. [MW]
    rejected : ndarray, shape (P,)
        Largest heat into the body per installed IT power. [MW/MW]
    """

    names: tuple[str, ...]
    site_body: IntArray
    limit_mw: FloatArray
    rejected: FloatArray


@dataclass(frozen=True)
class Cap:
    """A yearly ceiling on a metric of some sites.

    Parameters
    ----------
    name : str
        Key of the study, or id of the law.
    metric : str
        One of ``METRICS``.
    at_most : float
        In the unit of the metric, or for each MWh of IT energy.
    per_it_mwh : bool
        Which of the two.
    sites : ndarray of bool, shape (S,)
        The sites that it is about.
    """

    name: str
    metric: str
    at_most: float
    per_it_mwh: bool
    sites: BoolArray


@dataclass(frozen=True)
class Ceiling:
    """A ceiling of a law on an annual mean of every pair at some sites.

    Parameters
    ----------
    law : str
        Its id in the policy table.
    metric : {"pue", "wue_l_per_kwh"}
        What it limits.
    most : float
        [-] or [L/kWh]
    sites : ndarray of bool, shape (S,)
        The sites that it binds.
    """

    law: str
    metric: str
    most: float
    sites: BoolArray


@dataclass(frozen=True)
class Structure:
    """The structural families that a study asks for.

    Parameters
    ----------
    designs_per_site : int
        Most designs built side by side at a site.
    failover : Failover or None
    basins : Basins or None
    heat : Heat or None
    caps : tuple of Cap
    ceilings : tuple of Ceiling
    """

    designs_per_site: int = 1
    failover: Failover | None = None
    basins: Basins | None = None
    heat: Heat | None = None
    caps: tuple[Cap, ...] = field(default_factory=tuple)
    ceilings: tuple[Ceiling, ...] = field(default_factory=tuple)

    def of_pairs(self, kept: BoolArray) -> Structure:
        """The same for some of the pairs."""
        if self.heat is None:
            return self
        return replace(self, heat=replace(self.heat, rejected=self.heat.rejected[kept]))

    def check(self, *, workloads: int, demand: int, sites: int, pairs: int) -> None:
        """Shapes that fit the problem, and numbers that are finite.

        Raises
        ------
        ValueError
            For an array of another shape, or a hole.
        """
        shapes = {"eligible": (workloads, demand, sites), "site_basin": (sites,),
                  "site_body": (sites,), "rejected": (pairs,), "sites": (sites,)}  # fmt: skip
        parts = [self.failover, self.basins, self.heat, *self.caps, *self.ceilings]
        for part in parts:
            for f in fields(part) if part is not None else ():
                value = getattr(part, f.name)
                if f.name in shapes and value.shape != shapes[f.name]:
                    expected = shapes[f.name]
                    raise ValueError(f"{f.name} has shape {value.shape}, expected {expected}")
                if isinstance(value, np.ndarray):
                    if not np.isfinite(value).all():
                        raise ValueError(f"{f.name} holds a value that is not finite")
                    value.setflags(write=False)
