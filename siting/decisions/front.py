"""Measures of a set of points: efficiency, knee and hypervolume."""

from __future__ import annotations

import numpy as np

from siting.arrays import BoolArray, FloatArray

__all__ = ["distinct", "efficient", "hypervolume", "knee"]


def efficient(points: FloatArray) -> BoolArray:
    """Points that no other point dominates, all objectives to be minimized.

    a dominates b  ⇔  a[m] ≤ b[m] ∀ m  and  a[m] < b[m] for some m

    Parameters
    ----------
    points : ndarray, shape (n, m)

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    no_worse = (points[:, None, :] <= points[None, :, :]).all(axis=2)
    better = (points[:, None, :] < points[None, :, :]).any(axis=2)
    kept: BoolArray = ~(no_worse & better).any(axis=0)
    return kept


def distinct(points: FloatArray, tolerance: float) -> BoolArray:
    """Points that differ from every earlier kept one by more than a tolerance in some objective.

    Parameters
    ----------
    points : ndarray, shape (n, m)
        In comparable units.
    tolerance : float
        In the same units.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    kept = np.zeros(len(points), dtype=bool)
    for i, point in enumerate(points):
        apart = np.abs(points[kept] - point).max(axis=1, initial=0.0) > tolerance
        kept[i] = bool(apart.all())
    return kept


def hypervolume(points: FloatArray, reference: FloatArray) -> float:
    """Volume that a set of points dominates within a reference point.

    By slices along the last objective [1]_, exact.

    Parameters
    ----------
    points : ndarray, shape (n, m)
        Objectives to be minimized.
    reference : ndarray, shape (m,)
        Worst value of each objective that counts.

    Returns
    -------
    float
        In the product of the units of the objectives.

    References
    ----------
    .. [1] While, Hingston, Barone, Huband (2006), A faster algorithm for calculating hypervolume,
       IEEE Trans. Evolutionary Computation 10(1), doi:10.1109/TEVC.2005.851275.
    """
    points = points[(points < reference).all(axis=1)]
    if not len(points):
        return 0.0
    if points.shape[1] == 1:
        return float(reference[0] - points.min())
    points = points[np.argsort(points[:, -1], kind="stable")]
    ends = np.append(points[1:, -1], reference[-1])
    volume = 0.0
    for i, depth in enumerate(ends - points[:, -1]):
        if depth > 0:
            volume += depth * hypervolume(points[: i + 1, :-1], reference[:-1])
    return volume


def knee(points: FloatArray) -> int:
    """Point that lies farthest below the plane through the ends of the front [1]_.

    Where the ends do not span a plane with a positive normal, all objectives count alike.

    Parameters
    ----------
    points : ndarray, shape (n, m)
        Each objective scaled to 0 at its best and 1 at its nadir.

    Returns
    -------
    int
        Its index.

    References
    ----------
    .. [1] Das (1999), On characterizing the "knee" of the Pareto curve based on normal-boundary
       intersection, Structural Optimization 18, doi:10.1007/BF01195985.
    """
    ends = points[[int(np.lexsort((points.sum(axis=1), column))[0]) for column in points.T]]
    normal = np.ones(points.shape[1])
    if np.linalg.matrix_rank(ends) == len(ends):
        spanned = np.linalg.solve(ends, np.ones(len(ends)))
        normal = spanned if (spanned > 0).all() else normal
    return int(np.argmin(points @ normal))
