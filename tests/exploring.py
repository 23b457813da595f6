"""How many examples a property test tries: the same few in the gate, others and more of them in `make explore`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

GATE, EXPLORE = "gate", "explore"
MORE = 10
"""An exploring run tries so many times the examples that a test asks for."""
SHARE = 0.4
"""So much of them does the gate try: it has fifteen minutes on two cores, and what it never tries is explored."""
_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


def register_profiles() -> None:
    """Offer both profiles to ``--hypothesis-profile``; the gate's is the one without it."""
    common = settings(deadline=None, suppress_health_check=_SLOW)
    settings.register_profile(GATE, common, derandomize=True, database=None)
    settings.register_profile(EXPLORE, common, derandomize=False, print_blob=True)
    settings.load_profile(GATE)


def examples(count: int) -> settings:
    """Try so many examples, of which the gate tries a share, and an exploring run many times as many."""
    is_exploring = not settings.default.derandomize  # type: ignore[union-attr]
    return settings(max_examples=round(count * (MORE if is_exploring else SHARE)))
