"""Makes the helpers of this folder, and of the optimizer's tests, importable."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).parent
sys.path[:0] = [str(_HERE), str(_HERE.parent / "mip")]
