"""PUE and WUE that the planner gives, in place of the physics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue.figures import given_by_design
from siting.coefficients.pairs import Pairs

__all__ = ["of_pairs", "with_given"]


def of_pairs(pairs: Pairs, sites: pd.DataFrame, designs: tuple[str, ...], name: str) -> FloatArray:
    """A figure of each pair: that of its design or of all designs at the site.

    Parameters
    ----------
    pairs : Pairs
        The P pairs.
    sites : DataFrame
        The S candidates.
    designs : tuple of str
        Names of the designs.
    name : str
        Figure that may vary by design.

    Returns
    -------
    ndarray, shape (P,)
        In the unit of the figure, NaN where the planner gave none.
    """
    by_design = np.stack([given_by_design(sites, name, design) for design in designs])
    return np.asarray(by_design[pairs.design, pairs.site])


def with_given(pairs: Pairs, sites: pd.DataFrame, designs: tuple[str, ...]) -> Pairs:
    """The pairs with the efficiencies that the planner gives, the same in every slice.

    A PUE that is given is also the peak, unless the planner gives that too. Water that is consumed
    has been withdrawn.
    """
    pue, peak, wue = (
        of_pairs(pairs, sites, designs, name) for name in ("pue", "pue_peak", "wue_l_per_kwh")
    )
    fixed = ~np.isnan(pue)
    return replace(
        pairs,
        pue=np.where(fixed[:, None], pue[:, None], pairs.pue),
        pue_peak=np.where(fixed, np.fmax(pue, peak), pairs.pue_peak),
        wue_l_per_kwh=np.where(np.isnan(wue)[:, None], pairs.wue_l_per_kwh, wue[:, None]),
        withdrawal_l_per_kwh=np.fmax(pairs.withdrawal_l_per_kwh, wue[:, None]),
    )
