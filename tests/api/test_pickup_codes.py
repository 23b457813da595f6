"""Pickup codes of a run: the pictures hold the token that its cabinets checked, and nothing but that opens a box."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import dronesim
from command import TINY, call
from dronesim.api.runs import Run
from dronesim.codes import damaged, tokens
from dronesim.errors import InputError
from golden.renew import HERE
from reading_codes import read_png, read_svg, read_terminal

EVENTS = HERE / "events.toml"
SECRET = "c0ffee5a1f2b3c4d5e6f708192a3b4c5"  # noqa: S105
CLUMSY = {
    "customers.bad_scan_share": 1.0,
    "customers.no_show_share": 0.3,
    "airports.hold_limit_min": 20.0,
    "demand.orders": 40,
}


@pytest.fixture(autouse=True)
def no_key_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DRONESIM_KEY", raising=False)
    monkeypatch.delenv("DRONESIM_KEY_FILE", raising=False)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "codes.key"
    path.write_text(SECRET)
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def day() -> Run:
    return dronesim.run(EVENTS, set=CLUMSY)


def rows(day: Run, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = day.tables[table].to_pylist()
    return found


def delivered(day: Run) -> list[dict[str, Any]]:
    return [row for row in rows(day, "orders") if row["delivered_s"] is not None]


def refusal(wanted: Any) -> str:
    with pytest.raises(InputError) as caught:
        wanted()
    assert SECRET not in str(caught.value)
    return str(caught.value)


# the token is the one of the simulated cabinet


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bytes, str]]:
    """What is signed meanwhile: key and token."""
    found: list[tuple[bytes, str]] = []
    sign = tokens._sign

    def noting(key: bytes, claim: str) -> str:
        signature = sign(key, claim)
        found.append((key, f"{claim}.{signature}"))
        return signature

    monkeypatch.setattr(tokens, "_sign", noting)
    return found


@pytest.mark.parametrize("is_own", [False, True])
def test_every_code_is_one_that_the_simulation_issued(
    is_own: bool, signed: list[tuple[bytes, str]], key_file: Path, tmp_path: Path
) -> None:
    """Of a day with closed airports, diverted legs and parcels that nobody collects; opened from its folder."""
    key = {"key_file": key_file} if is_own else {}
    day = dronesim.run(EVENTS, set=CLUMSY, out=tmp_path / "day", report=False, **key)
    issued = {token for _, token in signed}
    assert len({key for key, _ in signed}) == 1
    signed.clear()
    codes = [dronesim.open_run(tmp_path / "day", **key).code(row["order"]) for row in delivered(day)]
    assert len(codes) > 15
    assert {code.token for code in codes} == issued & {code.token for code in codes}
    assert len({code.token for code in codes}) == len(codes) == len(issued)


def test_a_code_says_what_it_opens_and_until_when(day: Run) -> None:
    for row in delivered(day):
        code = day.code(row["order"])
        assert (code.order, code.order_id, code.airport, code.box) == tuple(
            row[name] for name in ("order", "order_id", "airport", "box")
        )
        assert code.delivered_s == row["delivered_s"]
        assert code.expires_s == pytest.approx(row["delivered_s"] + 1200.0, abs=1e-9)


def test_the_cabinet_says_of_each_code_what_the_table_of_scans_says(day: Run) -> None:
    """Own codes, genuine or held before another airport, and used ones of somebody else."""
    seen = set()
    for scan in rows(day, "scans"):
        if scan["verdict"] != "wrong":
            token = day.code(scan["code_order"]).token
            assert day.scan(token, airport=scan["airport"], time_s=scan["time_s"]) == scan["verdict"]
            seen.add(scan["verdict"])
    assert seen >= {"accepted", "foreign", "reused"}


# what a phone reads, and what the check says of it


@pytest.mark.parametrize("form", ["terminal", "colours", "svg", "png"])
def test_what_a_phone_reads_opens_the_box_once(form: str, day: Run) -> None:
    row = next(row for row in delivered(day) if row["end_state"] == "collected")
    code = day.code(row["order"])
    read = {
        "terminal": lambda: read_terminal(code.terminal()),
        "colours": lambda: read_terminal(code.terminal(has_color=True)),
        "svg": lambda: read_svg(code.svg()),
        "png": lambda: read_png(code.png()),
    }[form]()
    assert len(read) == 1
    at = {"airport": row["airport"]}
    assert day.scan(read[0], **at, time_s=row["collected_s"]) == "accepted"
    assert day.scan(read[0], **at, time_s=row["collected_s"] + 0.001) == "reused"


def test_altered_expired_foreign_and_other_tokens_are_refused(day: Run) -> None:
    row = next(row for row in delivered(day) if row["end_state"] == "unclaimed")
    code, at = day.code(row["order"]), {"airport": row["airport"], "time_s": row["delivered_s"] + 1.0}
    (token,) = read_png(code.png())
    assert day.scan(token, **at) == "accepted"
    assert day.scan(token, airport=row["airport"], time_s=code.expires_s) == "accepted"
    assert day.scan(token, airport=row["airport"], time_s=code.expires_s + 0.001) == "expired"
    other = next(name for name in ("A1", "A2", "A3") if name != row["airport"])
    assert day.scan(token, airport=other, time_s=at["time_s"]) == "foreign"
    assert day.scan(damaged(token), **at) == "wrong"
    parts = token.split(".")
    for place in range(4):
        forged = ".".join([*parts[:place], str(int(parts[place]) + 1), *parts[place + 1 :]])
        assert day.scan(forged, **at) == "wrong", place
    for text in ("", "....", token[:-1], token + "0", token.upper().replace("A", "B")):
        assert day.scan(text, **at) == "wrong", text


def test_a_code_of_another_seed_or_replication_is_wrong(day: Run) -> None:
    code = day.code(delivered(day)[0]["order"])
    for other in (dronesim.run(EVENTS, set=CLUMSY, seed=6), dronesim.run(EVENTS, set=CLUMSY, replication=1)):
        assert other.scan(code.token, airport=code.airport, time_s=code.delivered_s) == "wrong"


def test_an_airport_that_is_none_is_told_with_the_choices(day: Run) -> None:
    token = day.code(delivered(day)[0]["order"]).token
    told = refusal(lambda: day.scan(token, airport="A9", time_s=40_000.0))
    assert "airport: is no airport; choose from A1, A2, A3 (found 'A9')" in told


def test_an_order_without_a_code_is_told_with_its_end(day: Run) -> None:
    row = next(row for row in rows(day, "orders") if row["delivered_s"] is None)
    told = refusal(lambda: day.code(row["order"]))
    assert f"order {row['order']}: no code was issued, for it is {row['end_state']}" in told
    last = day.tables["orders"].num_rows - 1
    assert f"order: is no order of this run; choose from 0 to {last} (found 999)" in refusal(lambda: day.code(999))
    assert "(found -1)" in refusal(lambda: day.code(-1))


# keys


def test_no_key_shapes_a_table_and_none_is_written_anywhere(key_file: Path, tmp_path: Path) -> None:
    plain = dronesim.run(EVENTS, set=CLUMSY, out=tmp_path / "plain", tracks=True)
    own = dronesim.run(EVENTS, set=CLUMSY, out=tmp_path / "own", tracks=True, key_file=key_file)
    order = delivered(own)[0]["order"]
    assert plain.code(order).token != own.code(order).token
    files = [path.relative_to(tmp_path / "own") for path in (tmp_path / "own").rglob("*") if path.is_file()]
    assert len(files) > 10
    for name in files:
        content = (tmp_path / "own" / name).read_bytes()
        assert SECRET.encode() not in content, name
        assert bytes.fromhex(SECRET) not in content, name
        assert own._source.key.value not in content, name
        assert own._source.key.value.hex().encode() not in content, name
        if name.name not in ("manifest.json", "report.html"):
            assert content == (tmp_path / "plain" / name).read_bytes(), name
    pages = [(tmp_path / folder / "report.html").read_text() for folder in ("plain", "own")]
    assert ["Pickup code of order" in page for page in pages] == [True, False], "a page shows no code of an own key"


def test_a_manifest_says_whose_key_it_was_and_no_more(key_file: Path, tmp_path: Path) -> None:
    said = {}
    for name, key in {"seed": None, "own": key_file}.items():
        dronesim.run(TINY, set={"demand.orders": 3}, out=tmp_path / name, report=False, key_file=key)
        said[name] = json.loads((tmp_path / name / "manifest.json").read_text())["codes"]
    assert {name: codes["key"] for name, codes in said.items()} == {"seed": "seed", "own": "own"}
    assert [set(codes) for codes in said.values()] == [{"key", "fingerprint"}] * 2
    assert said["seed"]["fingerprint"] != said["own"]["fingerprint"]
    assert all(len(codes["fingerprint"]) == 8 for codes in said.values())


def test_a_run_with_a_key_of_its_own_shows_codes_to_its_owner_alone(
    key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    day = dronesim.run(TINY, set={"demand.orders": 5}, out=run, report=False, key_file=key_file)
    code = day.code(0)
    assert code.signed_with == f"the key in {key_file}"
    other = tmp_path / "other.key"
    other.write_text("d" * 32)
    other.chmod(0o600)
    told = refusal(lambda: dronesim.open_run(run).code(0))
    assert "manifest.json: codes: were signed with a key of its planner's own; name its file by --key-file" in told
    told = refusal(lambda: dronesim.open_run(run, key_file=other).code(0))
    assert f"codes: were signed with another key than the key in {other}" in told
    monkeypatch.setenv("DRONESIM_KEY_FILE", str(key_file))
    assert dronesim.open_run(run).code(0).token == code.token
    monkeypatch.delenv("DRONESIM_KEY_FILE")
    monkeypatch.setenv("DRONESIM_KEY", SECRET)
    assert dronesim.open_run(run).code(0).token == code.token


def test_a_run_of_the_seed_needs_no_key_whatever_the_environment_holds(
    key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    code = dronesim.run(TINY, set={"demand.orders": 5}, out=run, report=False).code(0)
    monkeypatch.setenv("DRONESIM_KEY", SECRET)
    assert dronesim.open_run(run).code(0) == code
    told = refusal(lambda: dronesim.open_run(run, key_file=key_file).code(0))
    assert f"codes: were signed with a key derived from its seed, not the key in {key_file}" in told


def test_an_older_run_without_a_word_on_keys_is_one_of_the_seed(tmp_path: Path) -> None:
    code = dronesim.run(TINY, set={"demand.orders": 5}, out=tmp_path / "run", report=False).code(0)
    path = tmp_path / "run" / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["codes"]
    path.write_text(json.dumps(manifest))
    assert dronesim.open_run(tmp_path / "run").code(0) == code


def test_an_unsafe_key_file_ends_a_run_before_it_begins(key_file: Path, tmp_path: Path) -> None:
    key_file.chmod(0o644)
    words = ("run", TINY, "--set", "demand.orders=3", "--out", tmp_path / "run", "--key-file", key_file)
    answer = call(*words)
    assert (answer.code, answer.out) == (2, "")
    assert "others than its owner may read or change it (mode 644); chmod 600" in answer.complaints[0]
    assert not (tmp_path / "run").exists()


def test_a_key_is_for_one_day(key_file: Path) -> None:
    answer = call("run", TINY, "--replications", 2, "--key-file", key_file)
    assert answer.code == 2
    assert "--key-file: is for one day" in answer.err


@pytest.mark.slow
def test_verify_checks_scans_under_any_key_and_runs_again_without_it(key_file: Path, tmp_path: Path) -> None:
    dronesim.run(EVENTS, set=CLUMSY, out=tmp_path / "run", key_file=key_file)
    found = dronesim.open_run(tmp_path / "run").verify(rerun=True)
    assert found.is_clean, found.lines()
    assert {check.name: check.examined for check in found.checks}["pickup codes"] > 20


# the command


@pytest.fixture(scope="module")
def saved(day: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = day.save(tmp_path_factory.mktemp("codes") / "run", report=False).folder
    assert folder is not None
    return folder


def test_the_terminal_shows_the_code_and_what_it_opens(day: Run, saved: Path) -> None:
    row = delivered(day)[3]
    code = day.code(row["order"])
    answer = call("code", saved, "--order", row["order"])
    picture, _, words = answer.out.partition("\nOrder ")
    assert answer.code == 0
    assert read_terminal(picture) == [code.token]
    assert words.splitlines()[-1] == f"Code  {code.token}"
    assert f"at {code.airport}, box {code.box}, from " in words
    assert answer.err == "signed with a key derived from the seed: whoever knows seed and replication can make it\n"


@pytest.mark.parametrize(("name", "read"), [("code.svg", read_svg), ("code.png", read_png)])
def test_a_picture_is_written_where_it_is_wanted(name: str, read: Any, day: Run, saved: Path, tmp_path: Path) -> None:
    order, out = delivered(day)[3]["order"], tmp_path / name
    answer = call("code", saved, "--order", order, "--out", out)
    assert (answer.code, answer.out) == (0, "")
    assert answer.err.endswith(f"picture: {out}\n")
    content = out.read_bytes()
    assert read(content if read is read_png else content.decode()) == [day.code(order).token]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_json_has_the_token_and_all_about_it(day: Run, saved: Path) -> None:
    order = delivered(day)[3]["order"]
    answer = call("code", saved, "--order", order, "--json", "--quiet")
    assert (answer.code, answer.err) == (0, "")
    assert json.loads(answer.out) == day.code(order).content()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--order", 999), "order: is no order of this run; choose from 0 to"),
        (("--order", 0, "--out", "code.gif"), "code.gif: --out: must end in .svg or .png"),
        (("--order", 0, "--out", "file/code.png"), "file/code.png: --out: can't be written: Not a directory"),
        (("--order", 0, "--key-file", "none"), "none: --key-file: can't be read: No such file or directory"),
    ],
)
def test_a_mistake_is_told(
    words: tuple[object, ...], said: str, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    answer = call("code", saved, *words)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_help_says_where_the_key_comes_from() -> None:
    for verb in ("run", "code"):
        told = " ".join(call(verb, "--help").out.split())
        assert "--key-file" in told
        assert "it derives from the seed" in told
    said = " ".join(call("code", "--help").out.split())
    assert "the codes are as secret as the seed: whoever knows it, or has the run folder, can make every code" in said


def test_colours_are_stated_on_a_terminal_that_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from dronesim.cli import pickup

    class Screen:
        @staticmethod
        def isatty() -> bool:
            return True

    monkeypatch.setattr("sys.stdout", Screen())
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert pickup._has_color()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not pickup._has_color()
