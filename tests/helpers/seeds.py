"""Random studies that a property is held against: some in `make test`, all in `make fuzz`."""

from __future__ import annotations

import os
from collections.abc import Sequence

__all__ = ["examples", "seeds", "some", "turns"]

#: Set by `make fuzz`.
EVERY = "SITING_EVERY_SEED"
#: Share of the studies in `make test`, and how few there may be: seeds set metrics and families
#: by their remainder after division by up to six. [-]
SHARE, FEWEST = 0.125, 6
#: Share of the examples of Hypothesis in `make test`. [-]
EXAMPLES = 0.2


def seeds(most: int) -> range:
    """Seeds of the random studies of a property, of ``most`` in all."""
    few = most if os.environ.get(EVERY) else max(round(SHARE * most), FEWEST)
    return range(min(few, most))


def examples(most: int) -> int:
    """Examples of a property that Hypothesis makes up, of ``most`` in `make fuzz`."""
    return most if os.environ.get(EVERY) else round(EXAMPLES * most)


def some[V](values: Sequence[V], few: int) -> Sequence[V]:
    """The first few of some seeds or studies that are long to solve, and all in `make fuzz`."""
    return values if os.environ.get(EVERY) else values[:few]


def turns[K](kinds: Sequence[K], most: int) -> list[tuple[K, int]]:
    """Each kind of study with one of a number of seeds in turn, and with all in `make fuzz`."""
    rounds = most if os.environ.get(EVERY) else 1
    return [(kind, (k + turn) % most) for turn in range(rounds) for k, kind in enumerate(kinds)]
