"""The audit: every answer computed again by code that shares nothing with the optimizer.

::

    weather, tables -> facts -> replay (each step) -> totals, limits -> Audit
"""

from __future__ import annotations

from siting.audit.evaluate import audit_placement
from siting.audit.outcome import Audit

__all__ = ["Audit", "audit_placement"]
