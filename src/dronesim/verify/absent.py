"""Waits while nobody is at work: who waits then waits for those who are away, and until they come."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from dronesim.verify.facts import Steps
from dronesim.verify.holdings import NETWORK
from dronesim.verify.intervals import Floats, Mask
from dronesim.verify.reading import Run
from dronesim.verify.report import Faults, where
from dronesim.verify.wait_reasons import Found, share_s, wait_words

_SLACK_S: Final = 2e-3
_LONG_S: Final = 1e6
_HERE: Final = ("pad", "airport_pad", "unloader", "clearance")
_OTHERS: Final = {"pilot": ("loader", *_HERE), "loader": _HERE}
"""What nobody with a booked sortie waits for while there is no pilot, or no loader."""


def absences(run: Run) -> Found:
    """Nobody waits for anything on the ground while no pilot or loader is at work, and for a pilot until one comes.

    A sortie may begin to be loaded so long before a shift of pilots begins as loading takes. Told on days without
    incidents only: what was booked before them is not on record.
    """
    told = run.facts.shifts
    if len(run.tables["incidents"]["time_s"]) or not {"pilot", "loader"} & told.keys():
        return "absences", 0, Faults()
    table, count, faults = run.tables["waits"], 0, list[Faults]()
    for who, others in _OTHERS.items():
        for site, steps in told.get(who, {}).items():
            rows = np.isin(table["reason"], others) & _is_at(run, site)
            goes_s, comes_s = _gone(run, steps, ahead_s=run.facts.load_s if who == "pilot" else 0.0)
            away_s = share_s(table["from_s"], table["to_s"], goes_s, comes_s)
            count += int(rows.sum())
            faults.append(where(rows & (away_s > _SLACK_S), partial(_is_away, run, who)))
            if who == "pilot":
                faults.append(where(_is_cut_short(run, comes_s), partial(_comes_not, run)))
    texts = tuple(text for fault in faults for text in fault.texts)
    return "absences", count, Faults(count=sum(fault.count for fault in faults), texts=texts)


def _is_at(run: Run, site: str) -> Mask:
    point = run.orders["takeoff_point"][run.tables["waits"]["order"]]
    return np.asarray((point == site) | (site == NETWORK))


def _gone(run: Run, steps: Steps, *, ahead_s: float) -> tuple[Floats, Floats]:
    """Find when nobody is there, and would not be either so long ahead."""
    facts = run.facts
    begin = np.array([facts.start_s - _LONG_S, *(at_s for at_s, _ in steps)])
    is_gone = np.array([True, *(count == 0 for _, count in steps)])
    until = np.append(begin[1:], facts.closed_s + _LONG_S) - ahead_s
    is_gone &= until > begin
    return begin[is_gone], until[is_gone]


def _is_cut_short(run: Run, comes_s: Floats) -> Mask:
    """Find waits for a pilot that go over into others, though no pilot comes then."""
    table = run.tables["waits"]
    in_turn = np.lexsort((table["from_s"], table["order"]))
    now, then = in_turn[:-1], in_turn[1:]
    goes_on = (table["order"][now] == table["order"][then]) & (table["reason"][now] == "pilot")
    goes_on &= np.isin(table["reason"][then], _OTHERS["pilot"])
    comes = (np.abs(table["to_s"][now][:, None] - comes_s) <= _SLACK_S).any(axis=1)
    found = np.zeros(len(in_turn), np.bool_)
    found[now[goes_on & ~comes]] = True
    return found


def _is_away(run: Run, who: str, row: int) -> str:
    return f"{wait_words(run, row)}: no {who} is at work then"


def _comes_not(run: Run, row: int) -> str:
    return f"{wait_words(run, row)}: no pilot comes at its end"
