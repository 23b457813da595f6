"""What goes wrong is told in words that are known, and a trouble of one's own can bring its words along."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from dronesim.record import incidents
from dronesim.record.incidents import INCIDENTS, IncidentKind, register
from dronesim.verify import verify_run
from oracles.handmade_run import tampered, write_handmade_run

HAIL = IncidentKind(name="hail", actions=("drone {number} is dented", "nothing"), meaning="it hails")


@pytest.fixture
def _own_words() -> Iterator[None]:
    """Forget afterwards what a test makes known."""
    before = dict(incidents._KINDS)
    yield
    incidents._KINDS.clear()
    incidents._KINDS.update(before)


def told(tmp_path: Path, **words: object) -> list[str]:
    """Say what verify finds of a day whose incident is told in other words."""
    run = write_handmade_run(tmp_path / "run")
    copy = tampered(run, tmp_path / "copy", table="incidents", change=lambda rows: rows[0].update(words))
    (check,) = (check for check in verify_run(copy).checks if check.name == "incidents in known words")
    return list(check.violations)


@pytest.mark.usefixtures("_own_words")
def test_words_of_ones_own_are_known_to_verify_once_they_are_registered(tmp_path: Path) -> None:
    words = {"kind": "hail", "action": "drone 7 is dented"}
    (found,) = told(tmp_path / "before", **words)
    assert found.startswith("incident 0 is of kind 'hail'; known are airport_closed, away_at_close, booking_revoked")
    register(HAIL)
    assert told(tmp_path / "after", **words) == []
    (found,) = told(tmp_path / "other", **{**words, "action": "drone is dented"})
    assert found == "incident 0: hail has no action 'drone is dented'; known are drone {number} is dented; nothing"


@pytest.mark.usefixtures("_own_words")
def test_a_name_stands_for_one_kind() -> None:
    assert register(HAIL) is register(HAIL)
    with pytest.raises(ValueError, match="incident kind hail is there already"):
        register(IncidentKind(name="hail", actions=("melts",), meaning="it hails"))
    assert INCIDENTS["hail"] is HAIL


@pytest.mark.parametrize("name", ["", "Hail", "hail storm", "hail_", "1hail"])
def test_a_name_that_no_table_could_have_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must be lower-case words joined by _"):
        IncidentKind(name=name, actions=("melts",), meaning="it hails")


def test_a_kind_without_actions_is_refused() -> None:
    with pytest.raises(ValueError, match="hail: name the actions"):
        IncidentKind(name="hail", actions=(), meaning="it hails")


@pytest.mark.parametrize("action", ["no-fly zone N1 in force", "no-fly zone (a.b) {x} in force"])
def test_gaps_of_an_action_are_filled_by_any_name(action: str) -> None:
    assert INCIDENTS["zone_closed"].has(action)
    assert not INCIDENTS["zone_closed"].has(f"{action} again")
    assert not INCIDENTS["airport_closed"].has(action)


def test_a_full_stop_in_an_action_is_no_gap() -> None:
    kind = IncidentKind(name="hail", actions=("melts. {who}",), meaning="it hails")
    assert kind.has("melts. all")
    assert not kind.has("meltsx all")
    assert not kind.has("melts. ")


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ({"site": "A9"}, "incident 0 is at unknown site 'A9'"),
        ({"drone": 99}, "incident 0 befell drone 99, which nobody owns"),
        ({"leg": 99}, "incident 0 names leg 99, which the legs table lacks"),
    ],
)
def test_an_incident_is_of_things_that_are_there(words: dict[str, object], rule: str, tmp_path: Path) -> None:
    assert told(tmp_path, **words) == [rule]


WORDS: Final = {
    "airport_closed": ("closed", "stays on the pad", "holds", "goes on", "returns", "diverts"),
    "divert": ("nothing: no such drone is outbound", "holds", "goes on", "returns", "diverts"),
    "drone_fails": (
        "nothing: no drone is in the air with a parcel",
        "fails at its next take-off",
        "lost",
        "lands safely, fetched by road",
    ),
    "booking_revoked": ("revoked", "revoked: no energy or no way for it any more"),
    "zone_closed": (
        "no-fly zone {name} in force",
        "flies around",
        "has another way home",
        "holds",
        "goes on",
        "returns",
        "diverts",
    ),
    "wind_changed": (
        "has another way home",
        "waits for another wind",
        "holds",
        "goes on",
        "returns",
        "diverts",
    ),
}
"""What saved tables are told in."""


@pytest.mark.parametrize("name", WORDS)
def test_the_words_before_are_words_now(name: str) -> None:
    """Tables that were saved keep their meaning: words and kinds are added, not changed."""
    assert [action for action in WORDS[name] if action not in INCIDENTS[name].actions] == []
