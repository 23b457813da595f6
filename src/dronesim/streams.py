"""Named random streams: one independent generator for each column of random values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """The streams of one replication; the same name always gives the same numbers.

    A stream is ``Philox(SeedSequence(seed, spawn_key=(replication, key)))`` where ``key`` is made of the
    first 8 bytes of the SHA-256 of the name, so that adding a column shifts no other.
    """

    seed: int
    replication: int = 0
    suffix: str = ""

    def of(self, suffix: str) -> Streams:
        """Give streams of the same names for something else of the same replication; ``suffix`` ends their names."""
        return replace(self, suffix=f"{self.suffix}, {suffix}")

    def generator(self, name: str) -> np.random.Generator:
        """Give the generator of the named column, at its beginning."""
        key = int.from_bytes(hashlib.sha256(f"{name}{self.suffix}".encode()).digest()[:8], "big")
        sequence = np.random.SeedSequence(self.seed, spawn_key=(self.replication, key))
        return np.random.Generator(np.random.Philox(sequence))
