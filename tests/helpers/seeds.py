"""Random studies that a property is held against: some in `make test`, all in `make fuzz`."""

from __future__ import annotations

import os

__all__ = ["seeds"]

#: Set by `make fuzz`.
EVERY = "SITING_EVERY_SEED"
#: Share of the studies in `make test`, and how few there may be: seeds set metrics and families
#: by their remainder after division by up to five. [-]
SHARE, FEWEST = 0.125, 5


def seeds(most: int) -> range:
    """Seeds of the random studies of a property, of ``most`` in all."""
    few = most if os.environ.get(EVERY) else max(round(SHARE * most), FEWEST)
    return range(min(few, most))
