"""Several searches at once, one a group: each looks at values of its own, and all of them at the same days.

Groups that touch each other little, as take-off points with drones of their own do, are searched for in step: a turn
looks at one value of each, until each of those is judged. Who has an answer keeps it while others go on. As what the
others have does matter a little, all answers are looked at together in the end; what misses the target then is raised
by one. Every look of every group has its part of what may go wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from dronesim.experiment.intervals import Days
from dronesim.experiment.looking import next_look
from dronesim.experiment.sequential import (
    Found,
    Judged,
    SearchRules,
    Verdict,
    judge_days,
    settle,
    share_errors,
)

Values: TypeAlias = tuple[int, ...]
"""A value a group."""
Sampler = Callable[[Values, range], Days]
"""Gives some replications where each group has its value; levels are ``(replications, groups)``."""

ROUNDS: Final = 5
"""So often all answers may be looked at together, four times after some were raised."""


class _UnknownError(Exception):
    """A search needs to know of a value that was not looked at."""

    def __init__(self, value: int) -> None:
        self.value = value
        super().__init__(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEach:
    """What the searches ended with: each group's own, and what all bring together at ``values``.

    ``where``: at which values each group's judgements were made, by its own value.
    """

    founds: Mapping[int, Found]
    values: Values
    together: Mapping[int, Judged]
    where: Mapping[int, Mapping[int, Values]]


def search_each(sample: Sampler, rules: Mapping[int, SearchRules], *, fixed: Values) -> FoundEach:
    """Search for each group's smallest value that meets its target; groups without rules keep the ``fixed`` one."""
    searches = _Searches(sample, rules, fixed)
    searches.run()
    return searches.confirm()


class _Searches:
    """The searches of some groups: what each knows, and the days that all have seen."""

    def __init__(self, sample: Sampler, rules: Mapping[int, SearchRules], fixed: Values) -> None:
        self._sample = sample
        self._rules = rules
        self._fixed = fixed
        self._errors = {group: share_errors(each, further=ROUNDS) for group, each in rules.items()}
        self._known: dict[int, dict[int, Judged]] = {group: {} for group in rules}
        self._where: dict[int, dict[int, Values]] = {group: {} for group in rules}
        self._days: dict[Values, Days] = {}

    def run(self) -> None:
        """Look at values until every group has an answer."""
        while True:
            asked = {group: value for group in self._rules if (value := self._asked(group)) is not None}
            if not asked:
                return
            values = self._values({**self._answers(asked), **asked})
            for group, judged in self._look(values, list(asked)).items():
                self._learn(group, values, judged)

    def confirm(self) -> FoundEach:
        """Look at all answers together, and raise what misses its target by one."""
        founds = {group: self._found(group) for group in self._rules}
        values = self._values(self._answers({}))
        for left in reversed(range(ROUNDS)):
            together = self._look(values, list(self._rules))
            missing = [group for group in together if self._may_rise(group, together[group], founds[group])]
            for group, judged in together.items():
                self._learn(group, values, judged)
            if not missing or not left:
                break
            values = tuple(value + (group in missing) for group, value in enumerate(values))
        settled = {group: self._settled(founds[group], values[group], together[group], group) for group in founds}
        return FoundEach(founds=settled, values=values, together=together, where=self._where)

    def _may_rise(self, group: int, judged: Judged, found: Found) -> bool:
        most = self._rules[group].most
        return judged.verdict == Verdict.MISSES and found.high <= most and judged.value < most

    def _settled(self, found: Found, value: int, together: Judged, group: int) -> Found:
        """Give what is known of a group in the end; what misses its target together with the others is no answer."""
        judged = tuple(self._known[group][each] for each in sorted(self._known[group]))
        if found.high > self._rules[group].most:
            return replace(found, judged=judged)
        if together.verdict == Verdict.MISSES:
            return Found(low=value + 1, high=self._rules[group].most + 1, judged=judged)
        return Found(low=value if value > found.high else found.low, high=value, judged=judged)

    def _learn(self, group: int, values: Values, judged: Judged) -> None:
        self._known[group][values[group]] = judged
        self._where[group][values[group]] = values

    def _values(self, own: Mapping[int, int]) -> Values:
        return tuple(own.get(group, value) for group, value in enumerate(self._fixed))

    def _answers(self, without: Mapping[int, int]) -> dict[int, int]:
        """Give the answers of the groups that have one; the largest value where none is enough."""
        known = (group for group in self._rules if group not in without)
        return {group: min(self._found(group).high, self._rules[group].most) for group in known}

    def _asked(self, group: int) -> int | None:
        try:
            self._found(group)
        except _UnknownError as unknown:
            return unknown.value
        return None

    def _found(self, group: int) -> Found:
        """Go through the search of a group with what is known; raises what it needs to know."""
        rules, known = self._rules[group], self._known[group]

        def judge(value: int) -> Judged:
            if value not in known:
                raise _UnknownError(value)
            return known[value]

        high = settle(judge, rules, open_as=Verdict.MISSES)
        low = min(high, settle(judge, rules, open_as=Verdict.MEETS))
        return Found(low=low, high=high, judged=tuple(known[value] for value in sorted(known)))

    def _look(self, values: Values, groups: Sequence[int]) -> dict[int, Judged]:
        """Look at the values of all groups until some of them are judged; who is judged stays so."""
        done: dict[int, Judged] = {}
        most = max(self._rules[group].most_replications for group in groups)
        wanted = min(max(next_look(0, most=most), self._seen(values)), most)
        while True:
            if self._seen(values) < wanted:
                more = self._sample(values, range(self._seen(values), wanted))
                self._days[values] = self._days[values].joined(more) if values in self._days else more
            for group in (each for each in groups if each not in done):
                judged = self._judged(group, values)
                if judged.verdict != Verdict.OPEN or wanted >= most:
                    done[group] = judged
            if len(done) == len(groups):
                return done
            wanted = next_look(wanted, most=most)

    def _seen(self, values: Values) -> int:
        return len(self._days[values].levels) if values in self._days else 0

    def _judged(self, group: int, values: Values) -> Judged:
        rules, errors = self._rules[group], self._errors[group]
        found = judge_days(self._days[values].of(group), value=values[group], rules=rules, errors=errors)
        return replace(found, group=group)
