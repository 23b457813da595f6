"""The clock fires all that it was told to, by time and, within an instant, in the order in which it was told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.simulation import clock as module
from dronesim.simulation.clock import Clock

_TIMES = st.lists(st.integers(0, 40), max_size=12)


@given(st.integers(0, 5), _TIMES, st.dictionaries(st.integers(0, 11), _TIMES), st.lists(st.integers(0, 50), max_size=4))
def test_events_fire_by_time_and_then_as_they_were_told(
    start_ms: int, told: list[int], told_by: dict[int, list[int]], stops_ms: list[int]
) -> None:
    """Spans of few milliseconds, in which few events are put in order; some events tell of others, ahead or past."""
    fired, told_of = list[tuple[int, int]](), list[int]()

    def tell(clock: Clock, at_ms: int) -> None:
        """Tell of an event, and then of one of SimPy's own, which fires at once."""
        number, own = len(told_of), len(told_of) + 1
        told_of.extend((max(at_ms, clock.now_ms), clock.now_ms))

        def fire(_event: object) -> None:
            fired.append((clock.now_ms, number))
            for other_ms in told_by.get(number, []):
                tell(clock, other_ms)

        clock.call_at(at_ms, fire)
        at_once = clock.event()
        at_once.callbacks.append(lambda _event: fired.append((clock.now_ms, own)))
        at_once.succeed()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SPAN_MS", 3)
        clock = Clock(start_ms)
        for at_ms in told:
            tell(clock, at_ms)
        for until_ms in [*sorted(stops_ms), 60]:
            assert clock.pass_until(until_ms)
            assert all(at_ms <= until_ms for at_ms, _ in fired)
            assert clock.now_ms == max(start_ms, until_ms)
            tell(clock, until_ms)
        assert clock.pass_until(61)
    assert fired == sorted((at_ms, number) for number, at_ms in enumerate(told_of))
