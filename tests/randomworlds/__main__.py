"""Looks for bad worlds by the thousand: `make worlds`, or `python -m randomworlds` with tests on the path."""

from __future__ import annotations

import argparse
import collections
import random
import time
from pathlib import Path

from randomworlds import draw, judge, shrunk, with_trouble
from randomworlds.judging import FINE, quiet_legs


def main() -> int:
    """Judge many worlds; print each bad one, shrunk, and keep it as JSON."""
    parser = argparse.ArgumentParser(prog="randomworlds", description=__doc__)
    parser.add_argument("--seed", type=int, help="the worlds' seed; drawn and printed where it is not given")
    parser.add_argument("--first", type=int, default=0, help="number of the first world")
    parser.add_argument("--count", type=int, default=2000, help="number of worlds")
    parser.add_argument("--keep", type=Path, help="folder for bad worlds, as JSON")
    parser.add_argument("--plain", action="store_true", help="print bad worlds as they are, without shrinking them")
    asked = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if asked.seed is None else asked.seed
    print(f"worlds {asked.first} to {asked.first + asked.count - 1} of seed {seed}", flush=True)
    found, begun = collections.Counter[str](), time.perf_counter()
    for number in range(asked.first, asked.first + asked.count):
        found[_judged(seed, number, keep=asked.keep, is_plain=asked.plain)] += 1
    print(f"{dict(found)} in {time.perf_counter() - begun:.0f} s", flush=True)
    return int(any(kind.startswith("BAD") for kind in found))


def _judged(seed: int, number: int, *, keep: Path | None, is_plain: bool) -> str:
    quiet = draw(seed, number)
    world = with_trouble(quiet, seed, number, quiet_legs(quiet))
    verdict = judge(world)
    if not verdict.is_bad:
        return verdict.kind if verdict.kind == FINE else f"{verdict.kind}, settings"
    print(f"BAD {seed} {number} {verdict.kind}", *verdict.words[:6], sep="\n    ", flush=True)
    if not is_plain:
        world = shrunk(world, verdict)
        print("  shrunk:", *judge(world).words[:6], sep="\n    ")
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{seed}-{number}.json").write_text(world.to_json(), encoding="utf-8")
    elif not is_plain:
        print(world.to_json(), flush=True)
    return f"BAD {verdict.kind}"


if __name__ == "__main__":
    raise SystemExit(main())
