"""Named streams: what a name, a seed and a replication decide, and what nothing else can move."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from dronesim.streams import Streams

NAMES = ("arrivals", "mass", "preparation", "collection", "patience", "no-shows", "scans", "failures 0")


def draws(streams: Streams, name: str, count: int = 50) -> list[float]:
    return streams.generator(name).random(count).tolist()  # type: ignore[no-any-return]


def test_a_stream_is_the_stated_philox() -> None:
    key = int(hashlib.sha256(b"arrivals").hexdigest()[:16], 16)
    sequence = np.random.SeedSequence(7, spawn_key=(3, key))
    stated = np.random.Generator(np.random.Philox(sequence)).random(50).tolist()
    assert draws(Streams(seed=7, replication=3), "arrivals") == stated


def test_a_name_gives_the_same_numbers_every_time() -> None:
    streams = Streams(seed=1)
    assert draws(streams, "mass") == draws(streams, "mass") == draws(Streams(seed=1), "mass")


def test_no_stream_is_moved_by_what_was_drawn_from_others() -> None:
    streams = Streams(seed=1)
    before = {name: draws(streams, name) for name in NAMES}
    for count, name in enumerate(NAMES):
        draws(streams, name, count * 100)
    assert {name: draws(streams, name) for name in reversed(NAMES)} == before


def test_a_longer_column_begins_like_a_shorter_one() -> None:
    streams = Streams(seed=1)
    assert draws(streams, "mass", 200)[:50] == draws(streams, "mass", 50)


@pytest.mark.parametrize("other", [Streams(seed=2), Streams(seed=1, replication=1)])
def test_seeds_and_replications_have_streams_of_their_own(other: Streams) -> None:
    for name in NAMES:
        assert not set(draws(Streams(seed=1), name)) & set(draws(other, name))


def test_streams_are_not_correlated() -> None:
    """Twenty-eight pairs of 20,000 draws; 4.5 standard errors are passed by chance about once in 5,000 tests."""
    columns = np.array([draws(Streams(seed=5), name, 20_000) for name in NAMES])
    off_diagonal = np.corrcoef(columns)[np.triu_indices(len(NAMES), 1)]
    assert np.abs(off_diagonal).max() < 4.5 / np.sqrt(20_000)


def test_names_need_not_be_ascii() -> None:
    assert draws(Streams(seed=1), "风") != draws(Streams(seed=1), "雨")
