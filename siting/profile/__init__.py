"""PUE, WUE and free cooling of each cooling design at one place, month by month.

::

    site | lat, lon | weather file -> weather -> physics, design by design -> Profile
"""

from __future__ import annotations

from siting.profile.designs import NEAR_KM
from siting.profile.profile import Profile, profile_place

__all__ = ["NEAR_KM", "Profile", "profile_place"]
