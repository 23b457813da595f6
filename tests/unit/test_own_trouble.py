"""A trouble of one's own is told in one file: scenario, messages, schema, engine, tables and `verify` then know it."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
import pytest

import dronesim
from command import DATA, call
from dronesim.record import incidents
from dronesim.record.incidents import DIVERTS, GOES_ON, HOLDS, RETURNS, IncidentKind
from dronesim.scenario import load_map, load_scenario, resolve, scenario_schema, scenario_template
from dronesim.scenario.complaints import known_keys
from dronesim.scenario.keys import scenario_keys, stated_keys
from dronesim.simulation import ScriptedEvent
from dronesim.simulation.trouble import AIRPORT, DRONE, MINUTES, TROUBLES, Key, Remedies, Trouble, catalogue, register
from dronesim.verify import verify_run
from oracles.handmade_run import tampered

BARK: Final = "{dogs} bark for {seconds} s"


def stray_dog(remedies: Remedies, event: ScriptedEvent) -> None:
    """A dog lies on an airport's pads until it has lost its patience: who is bound for it holds."""
    scene, now_ms = remedies.scene, remedies.now_ms
    site = scene.network.airport_site(event.airport)
    action = BARK.format(dogs=event.value("dogs"), seconds=round(event.value("patience_s")))
    scene.ledger.incident(now_ms, STRAY_DOG.kind, action, site=remedies.sites[site])
    remedies.revoke_on_ground()
    for drone, sortie in remedies.bound_for(site):
        remedies.give_back(sortie)
        calm_ms = now_ms + round(1000 * event.value("patience_s"))
        remedies.redirect(drone, sortie, cause=STRAY_DOG.kind, reopens_ms=calm_ms)


STRAY_DOG: Final = Trouble(
    incident=IncidentKind(
        name="stray_dog",
        actions=(BARK, HOLDS, GOES_ON, DIVERTS, RETURNS),
        meaning="a dog lies on the pads of an airport; drones bound for it wait",
    ),
    meaning="a dog lies on the pads of an airport",
    keys=(
        AIRPORT,
        Key(
            name="patience",
            text="how long it stays, minutes",
            default=2.0,
            source="E, assumption",
            above=0.0,
            at_most=30.0,
            unit="min",
            si=60.0,
            becomes="patience_s",
            also=("temper",),
        ),
        Key(name="dogs", holds="count", text="how many lie there", default=3, source="a choice", at_least=1),
        Key(name="owner", holds="airport", text="id of the airport it belongs to; absent: a stray", source="a choice"),
    ),
    strike=stray_dog,
)
AT_S: Final = 36950.0
"""One drone is then on its way to A2, where it arrives within half a minute."""
NO_KEY: Final = "is not a known key of stray_dog, which has kind, at, airport, patience, dogs, owner"
DOG: Final = '[[events]]\nkind = "stray_dog"\nat = "10:15:50"\nairport = "A2"\npatience = 0.75\n'


@pytest.fixture
def _dogs() -> Iterator[None]:
    """Make the trouble known, and forget it afterwards."""
    kinds, troubles = dict(incidents._KINDS), dict(catalogue._TROUBLES)
    register(STRAY_DOG)
    yield
    for known, before in ((incidents._KINDS, kinds), (catalogue._TROUBLES, troubles)):
        known.clear()
        known.update(before)


def scenario(folder: Path, event: str = DOG) -> Path:
    """Write the tiny scenario with an event."""
    text = (DATA / "tiny.toml").read_text(encoding="utf-8")
    path = folder / "dog.toml"
    path.write_text(text.replace('"tiny.geojson"', json.dumps(str(DATA / "tiny.geojson"))) + event, encoding="utf-8")
    return path


def dogs_in(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["kind"] == "stray_dog"]


@pytest.mark.usefixtures("_dogs")
def test_it_strikes_is_told_in_its_words_and_verify_knows_them(tmp_path: Path) -> None:
    day = dronesim.run(scenario(tmp_path))
    lies, met = dogs_in(day.tables["incidents"].to_pylist())
    assert (lies["time_s"], lies["site"], lies["action"]) == (AT_S, "A2", "3 bark for 45 s")
    assert (met["time_s"], met["site"], met["action"]) == (AT_S, "A2", HOLDS)
    (leg,) = (leg for leg in day.tables["legs"].to_pylist() if leg["leg"] == met["leg"])
    assert leg["arrived_s"] == AT_S + 45.0
    assert 0.0 < leg["hold_s"] < 45.0
    assert day.verify().is_clean


@pytest.mark.usefixtures("_dogs")
def test_what_a_planner_says_of_it_strikes_in_si_units_under_its_names(tmp_path: Path) -> None:
    world = load_map(DATA / "tiny.geojson")
    for owner, index in (("", -1), ('owner = "A3"\n', 2)):
        (event,) = resolve(load_scenario(scenario(tmp_path, DOG + owner)), world).rules.events
        own = (("patience_s", 45.0), ("dogs", 3), ("owner", index))
        assert event == ScriptedEvent(kind="stray_dog", at_s=AT_S, airport=1, own=own)
        assert [event.value(name) for name, _ in own] == [45.0, 3, index]
        with pytest.raises(KeyError, match="patience"):
            event.value("patience")


@pytest.mark.usefixtures("_dogs", "no_pictures")
def test_a_saved_run_whose_dog_sings_is_refused(tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert call("run", scenario(tmp_path), "--out", run, "--quiet").code == 0
    assert call("verify", run).code == 0
    number = dogs_in(pq.read_table(run / "incidents.parquet").to_pylist())[0]["incident"]
    copy = tampered(run, tmp_path / "copy", table="incidents", change=lambda rows: rows[number].update(action="sings"))
    assert call("verify", copy).code == 1
    found = [violation for check in verify_run(copy).checks for violation in check.violations]
    words = "; ".join([BARK, HOLDS, GOES_ON, DIVERTS, RETURNS])
    assert found == [f"incident {number}: stray_dog has no action 'sings'; known are {words}"]


@pytest.mark.usefixtures("_dogs")
@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('airport = "A2"\ntail = 2\n', f"events[0].tail: {NO_KEY} (found 2)"),
        ('airport = "A2"\ntemper = 2.0\n', f"events[0].temper: {NO_KEY} (found 2.0); did you mean events[0].patience?"),
        ("", "events[0].airport: is required"),
        ('airport = "A2"\npatience = 0.0\n', "events[0].patience: must be above 0 (found 0.0)"),
        ('airport = "A2"\npatience = 31.0\n', "events[0].patience: must be at most 30 (found 31.0)"),
        ('airport = "A2"\ndogs = 0\n', "events[0].dogs: must be at least 1 (found 0)"),
        ('airport = "A2"\ndogs = 1.5\n', "events[0].dogs: must be a whole number (found 1.5)"),
        (
            'airport = "A2"\nowner = "A9"\n',
            "events[0].owner: is not an airport on the map, which has A1, A2, A3",
        ),
    ],
)
def test_mistakes_in_its_keys_get_the_usual_messages(lines: str, message: str, tmp_path: Path) -> None:
    answer = call("validate", scenario(tmp_path, f'[[events]]\nkind = "stray_dog"\nat = "11:00"\n{lines}'))
    assert answer.code == 2
    (found,) = answer.complaints
    assert message in found


@pytest.mark.usefixtures("_dogs")
def test_a_misspelled_kind_is_told_the_trouble_that_is_meant(tmp_path: Path) -> None:
    (found,) = call("validate", scenario(tmp_path, DOG.replace("stray_dog", "stray_dgo"))).complaints
    assert ", dispatcher_outage, stray_dog (found 'stray_dgo')" in found
    assert "did you mean stray_dog?" in found


@pytest.mark.usefixtures("_dogs")
def test_template_schema_and_list_of_keys_name_it_with_its_units(tmp_path: Path) -> None:
    assert '"kitchen_surge", "dispatcher_outage", "stray_dog"' in scenario_template(name="x", map_path="m.geojson")
    table = scenario_schema()["$defs"]["StrayDog"]
    assert table["required"] == ["kind", "at", "airport"]
    assert table["properties"]["patience"] == {
        "default": 2.0,
        "description": "how long it stays, minutes",
        "exclusiveMinimum": 0.0,
        "maximum": 30.0,
        "source": "E, assumption",
        "title": "Patience",
        "type": "number",
    }
    own = {key.path: key for key in scenario_keys() if key.variant == "stray_dog"}
    assert list(own) == [f"events.{name}" for name in ("kind", "at", "airport", "patience", "dogs", "owner")]
    assert (own["events.patience"].unit(2.0), own["events.patience"].default) == ("min", "2.0")
    stated = {key.path: key.value for key in stated_keys(load_scenario(scenario(tmp_path)))}
    assert stated["events[0].patience"] == 0.75


@pytest.mark.usefixtures("_dogs")
def test_a_scenario_with_it_that_was_sent_equals_the_one_that_was_read(tmp_path: Path) -> None:
    read = load_scenario(scenario(tmp_path))
    sent = pickle.loads(pickle.dumps(read))  # noqa: S301
    assert sent == read == load_scenario(scenario(tmp_path))
    assert sent.model_dump(exclude_unset=True) == read.model_dump(exclude_unset=True)


@pytest.mark.usefixtures("_dogs")
def test_worker_processes_come_to_know_it_by_what_they_are_sent(tmp_path: Path) -> None:
    days = [
        dronesim.repeat(scenario(tmp_path), replications=2, workers=workers).table().to_pylist() for workers in (1, 2)
    ]
    assert days[0] == days[1]


def test_a_trouble_is_unknown_before_it_is_registered_and_after_it_is_forgotten(tmp_path: Path) -> None:
    assert "stray_dog" not in TROUBLES
    assert ("events", "patience") not in known_keys()
    (found,) = call("validate", scenario(tmp_path)).complaints
    assert ", dispatcher_outage (found 'stray_dog')" in found


@pytest.mark.usefixtures("_dogs")
def test_a_name_stands_for_one_trouble() -> None:
    assert register(STRAY_DOG) is STRAY_DOG
    with pytest.raises(ValueError, match="trouble stray_dog is there already, and is another"):
        register(replace(STRAY_DOG, keys=()))
    with pytest.raises(ValueError, match="incident kind stray_dog is there already, with other words"):
        register(replace(STRAY_DOG, incident=replace(STRAY_DOG.incident, actions=("sings",))))
    assert TROUBLES["stray_dog"] is STRAY_DOG


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"name": "At"}, "must be lower-case words joined by _, and not kind or at, not 'At'"),
        ({"name": "kind"}, "must be lower-case words joined by _, and not kind or at, not 'kind'"),
        ({"is_required": True}, "key minutes: has no default, for it is required or no number"),
        ({"holds": "drone"}, "key minutes: has no default, for it is required or no number"),
        ({"default": None}, "key minutes: give a number a default, or make it required"),
        ({"source": ""}, "key minutes: say where its default comes from"),
    ],
)
def test_a_key_that_no_table_could_have_is_refused(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        replace(MINUTES, **changes)


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        ((DRONE, AIRPORT, DRONE), "trouble stray_dog: has drone twice"),
        ((MINUTES, replace(MINUTES, name="lasts_min")), "trouble stray_dog: has duration_s twice"),
    ],
)
def test_a_trouble_with_two_keys_of_a_name_is_refused(keys: tuple[Key, ...], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        replace(STRAY_DOG, keys=keys)


def test_the_words_of_every_trouble_stand_where_verify_reads_them_without_the_model() -> None:
    told = [value for value in vars(incidents).values() if isinstance(value, IncidentKind)]
    assert [trouble.kind for trouble in TROUBLES.values() if trouble.incident not in told] == []
