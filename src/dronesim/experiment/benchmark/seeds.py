"""Which days are run: public ones to tune on, others to report, and days that nobody could tune on."""

from __future__ import annotations

import hashlib
from typing import Final

TUNING: Final = range(100)
"""Seeds to tune on: everybody has seen them."""
REPORTING: Final = range(1000, 1030)
"""Seeds of tables: not to be tuned on."""
SHIFTED: Final = REPORTING[:10]
"""Seeds of the shifted set."""
LATENCY: Final = REPORTING[:2]
"""Seeds on which decisions are timed in the city."""


def seeds_of_nonce(nonce: str, policy_hash: str, count: int) -> tuple[int, ...]:
    """Draw seeds from a nonce that is named after a policy is fixed: nobody can have tuned on their days."""
    texts = (f"{nonce} {policy_hash} {number}".encode() for number in range(count))
    return tuple(int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 1 for text in texts)
