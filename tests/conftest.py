"""Settings of all tests."""

from hypothesis import settings

# How long an example takes says how busy the machine is, not whether the property holds.
settings.register_profile("siting", deadline=None)
settings.load_profile("siting")
