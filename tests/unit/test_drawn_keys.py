"""Random worlds draw every key of a scenario; those that they leave stand here, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from dronesim.scenario.keys import scenario_keys
from randomworlds import World, draw, with_trouble

SEED, COUNT = 2021, 160
"""As of the gate, in tests/property/test_random_worlds.py."""
LEFT: Final = {
    ("description", ""): "words that nothing is worked out from",
    ("extends", ""): "a world states all its keys in one file",
}
"""Path and variant of a key that no world states, and why."""
Key = tuple[str, str]


def stated_in(tree: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[Key]:
    """List the keys of a scenario file, each table's with its kind; a table by site is a key, and so are its sites."""
    for name, value in tree.items():
        below = [row for row in (value if isinstance(value, list) else [value]) if isinstance(row, dict)]
        yield ".".join((*path, name)), str(tree.get("kind", ""))
        for row in below:
            yield from stated_in(row, (*path, name))


def troubled(number: int) -> World:
    """Draw a world of the gate, with its trouble around legs that might have been flown."""
    world = draw(SEED, number)
    ends = {"from": world.ids("takeoff_point")[0], "to": world.ids("airport")[0], "drone": 0}
    legs = [
        {**ends, "departed_s": begun_s, "arrived_s": begun_s + 90.0, "landed_s": begun_s + 150.0}
        for begun_s in (36_010.0, 36_400.0, 36_800.0)
    ]
    return with_trouble(world, SEED, number, legs)


def test_random_worlds_draw_every_key() -> None:
    drawn = {key for number in range(COUNT) for key in stated_in(troubled(number).told)}
    paths = {path for path, _ in drawn}
    missed = {
        (key.path, key.variant)
        for key in scenario_keys()
        if (key.path, key.variant) not in drawn and (key.variant or key.path not in paths)
    }
    assert missed == LEFT.keys() & missed, f"no random world states {sorted(missed - LEFT.keys())}"
    assert LEFT.keys() - missed == set(), "a key that is drawn needs no reason"
