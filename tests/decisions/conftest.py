"""Makes the random instances and the enumeration of the optimizer's tests importable."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "mip"))
sys.path.insert(0, str(Path(__file__).parent))
