"""Runs policies of a suite, each in a process of its own, some at a time; and the bounds of their days."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, TypeVar

from dronesim.cores import cores
from dronesim.experiment.benchmark.children import Child
from dronesim.experiment.benchmark.limits import Limits
from dronesim.experiment.benchmark.suite import Contest, Suite

ZERO: Final = "first-job-first"
"""The yardstick: first job first."""

T = TypeVar("T")
Seeds = Mapping[str, Sequence[int]]
"""The seeds of each scenario, by its name."""


class Player(Protocol):
    """Where one policy decides."""

    confined: dict[str, str]

    def hash(self, scenario: Path) -> str:
        """Give the hash of the policy's code."""

    def day(self, scenario: Path, seed: int) -> dict[str, Any]:
        """Run a day."""

    def bound(self, scenario: Path, seed: int) -> float | None:
        """Give the bound of a day."""

    def end(self) -> None:
        """End it."""


def _say_nothing(_text: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A policy that is to be run: how it is called, and where its module is looked for."""

    policy: str
    folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a policy: its hash, the limits that its process got, and its days by scenario and seed."""

    policy: str
    sha256: str
    confined: Mapping[str, str]
    days: dict[str, dict[str, Any]] = field(repr=False)

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {"policy": self.policy, "sha256": self.sha256, "confined": dict(self.confined), "days": self.days}


@dataclass(slots=True, kw_only=True)
class Stage:
    """Where policies are run: a suite, limits, how many at a time, whom to tell how far it is.

    ``begin`` begins a policy's process. They stay until the stage is left.
    """

    suite: Suite
    limits: Limits = field(default_factory=Limits)
    workers: int = field(default_factory=cores)
    tell: Callable[[str], None] = _say_nothing
    begin: Callable[..., Player] = Child
    _players: dict[str, Player] = field(default_factory=dict, repr=False)
    _bounders: deque[Player] = field(default_factory=deque, repr=False)
    _begun: list[Player] = field(default_factory=list, repr=False)

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def hashes(self, entries: Sequence[Entry]) -> list[str]:
        """Give the hash of each policy's code.

        Raises
        ------
        InputError
            A policy is not there, or can't be imported.
        """
        return self._spread(self._hash, entries)

    def play(self, entries: Sequence[Entry], seeds: Sequence[Seeds]) -> list[Played]:
        """Run each policy on its own seeds.

        Raises
        ------
        InputError
            A policy is not there, or can't be imported.
        """
        return self._spread(self._play, entries, seeds)

    def bounds(self, seeds: Seeds) -> dict[str, dict[str, float | None]]:
        """Give the bound of each day, by scenario and seed."""
        return dict(zip(seeds, self._spread(self._bounds, list(seeds), list(seeds.values())), strict=True))

    def _spread(self, function: Callable[..., T], *columns: Sequence[Any]) -> list[T]:
        """Call a function with each row, some at a time; where that is broken off, all processes end at once."""
        with ThreadPoolExecutor(self.workers) as pool:
            try:
                return list(pool.map(function, *columns))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.tell = _say_nothing
                self.end()
                raise

    def end(self) -> None:
        """End all processes."""
        for player in self._begun:
            player.end()

    def _hash(self, entry: Entry) -> str:
        return self._player(entry).hash(self.suite.contests[0].path.resolve())

    def _play(self, entry: Entry, seeds: Seeds) -> Played:
        player, sha256 = self._player(entry), self._hash(entry)
        days: dict[str, dict[str, Any]] = {}
        for name, numbers in seeds.items():
            path = self.suite.named(name).path.resolve()
            days[name] = {str(seed): player.day(path, seed) for seed in numbers}
            self.tell(f"{entry.policy}: {name}, {len(days[name])} days")
        return Played(policy=entry.policy, sha256=sha256, confined=player.confined, days=days)

    def _bounds(self, name: str, numbers: Sequence[int]) -> dict[str, float | None]:
        path = self.suite.named(name).path.resolve()
        player = self._bounder()
        found = {str(seed): player.bound(path, seed) for seed in numbers}
        self._bounders.append(player)
        self.tell(f"bounds: {name}, {len(found)} days")
        return found

    def _player(self, entry: Entry) -> Player:
        if entry.policy not in self._players:
            self._players[entry.policy] = self._new(entry)
        return self._players[entry.policy]

    def _bounder(self) -> Player:
        """Take a process of the yardstick that is free, or begin another one."""
        first = self._players.pop(ZERO, None)
        if first is not None:
            return first
        try:
            return self._bounders.popleft()
        except IndexError:
            return self._new(Entry(policy=ZERO))

    def _new(self, entry: Entry) -> Player:
        player = self.begin(entry.policy, folder=entry.folder, limits=self.limits, slot=len(self._begun))
        self._begun.append(player)
        return player


def seeds_for(contests: Sequence[Contest], numbers: Mapping[str, Sequence[int]]) -> dict[str, tuple[int, ...]]:
    """Give each scenario the seeds of its set; sets that have none are left out."""
    return {contest.name: tuple(numbers[contest.set]) for contest in contests if numbers.get(contest.set)}
