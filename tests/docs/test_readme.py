"""What README.md says can be typed works as it stands, in order, in a fresh copy of the repository's data."""

from __future__ import annotations

import doctest
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

import dronesim
from command import DATA_SETS, call, environment, needs_data_sets
from days_once import days_are_run_once
from dronesim import measure
from dronesim.api import drills
from dronesim.api.drills import verify_task
from dronesim.experiment.points import Task
from dronesim.experiment.runner import open_runner
from dronesim.experiment.study import Study
from kept_days import KeptDays, assert_brings, day_of, figures_of, is_kept, page_commands

ROOT = Path(__file__).parents[2]
_SHIPPED = (ROOT / "src/dronesim/dispatch/policies/index.py").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def typed() -> list[list[str]]:
    """Words of each line that a reader is asked to type."""
    lines = [line for block in blocks("console") for line in block.splitlines() if line.startswith("$ ")]
    return [shlex.split(line.removeprefix("$ "), comments=True) for line in lines]


def indented() -> list[list[str]]:
    """Words of each indented command, which names a folder of the reader's own as DIR."""
    return [shlex.split(line) for line in re.findall(r"^    (dronesim .*)$", README, re.MULTILINE)]


def shown() -> list[tuple[list[str], str]]:
    """Words of each line that a reader is asked to type, with the output that the page shows below it."""
    parts = [part for block in blocks("console") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    lines = [part.partition("\n") for part in parts]
    return [(shlex.split(line, comments=True), output.strip()) for line, _, output in lines]


NUMBER = re.compile(r"\d+(?:\.\d+)?")


def assert_as_shown(found: str, said: str) -> None:
    """The words are the same, and numbers as near as another processor's rounding lets them be."""
    assert re.sub(r"\s+", " ", NUMBER.sub("#", found)) == re.sub(r"\s+", " ", NUMBER.sub("#", said))
    numbers = [[float(number) for number in NUMBER.findall(text)] for text in (found, said)]
    assert numbers[0] == pytest.approx(numbers[1], rel=0.02, abs=0.3)


OURS = [(words[1:], said) for words, said in shown() if words[0] == "dronesim"]
LONG = (("size",), ("compare", "drill"))
"""Commands that take long, and that need nothing of the others nor leave anything to them, by the days they share."""


@pytest.fixture
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days are run in this process: its neighbour has the other core, and workers would each have to warm up."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)


@pytest.fixture
def first_day_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a drill's days the first is given to the checker: `tests/cli/test_drill.py` gives it days of every drill."""
    monkeypatch.setattr(
        drills, "verify_task", lambda task, kept: verify_task(task, kept) if task.replication == 0 else []
    )


def runs_as_shown(words: list[str], said: str) -> None:
    """Call a command of the page and compare what it prints with what the page shows, if it does."""
    answer = call(*words)
    assert answer.code == 0, (words, answer.err)
    assert "Traceback" not in answer.err
    if said:
        assert_as_shown(answer.out.strip(), said)


def test_the_page_shows_what_each_main_verb_prints() -> None:
    assert len(OURS) >= 10
    assert {words[0] for words, said in OURS if said} >= {"run", "size", "bottlenecks", "compare", "sweep", "list"}


@pytest.mark.slow
@pytest.mark.usefixtures("one_core")
def test_every_command_runs_in_the_order_of_the_page_and_prints_what_it_shows(fresh: Path) -> None:
    """`bottlenecks` begins with days that `run` has run."""
    long = {verb for verbs in LONG for verb in verbs}
    with days_are_run_once():
        for words, said in OURS:
            if words[0] not in long:
                runs_with_kept_days(words, said)
    assert (fresh / "runs" / "one-day" / "report.html").is_file()
    assert _queries() == [6, 6]


@pytest.mark.slow
@pytest.mark.usefixtures("one_core", "fresh", "first_day_verified")
@pytest.mark.parametrize("verbs", LONG, ids=" and ".join)
def test_so_does_every_long_command(verbs: tuple[str, ...]) -> None:
    """They ask for the same days in part: these are run, and shadows drawn and bounds found, once for all of them."""
    commands = [(words, said) for words, said in OURS if words[0] in verbs]
    assert {words[0] for words, _ in commands} == set(verbs)
    with days_are_run_once():
        for words, said in commands:
            runs_with_kept_days(words, said)


def runs_with_kept_days(words: list[str], said: str) -> None:
    """Days that a long command looks at are given to it from the file where they are kept, but for a sample."""
    days = KeptDays()
    with days.instead() if is_kept(words) else nullcontext():
        runs_as_shown(words, said)
    if is_kept(words):
        assert days.tried
        assert len(days.given) + len(days.tried) == KEPT_OF[words[0]](said), "run make readme"
        assert bool(days.bounded) == (words[0] in {"size", "compare"})


KEPT_OF = {
    "size": lambda said: sum(int(days) for days in re.findall(r" pts +(\d+)  ", said)),
    "bottlenecks": lambda said: 10 * len(re.findall(r"^.* a day *\*?$", said, re.MULTILINE)),
    "compare": lambda said: 10 * len(re.findall(r" CNY ", said)),
    "sweep": lambda said: 5 * len(re.findall(r" CNY$", said, re.MULTILINE)),
}
"""How many days a command looks at by what the page shows of it, but for those of the network as it is."""


def test_days_are_kept_of_the_long_commands_of_the_page() -> None:
    kept = [words for words, _ in OURS if is_kept(words)]
    assert [words[0] for words in kept] == ["size", "bottlenecks", "compare", "size", "sweep"]
    assert kept == page_commands()


@pytest.mark.slow
@pytest.mark.usefixtures("fresh")
def test_a_kept_day_that_is_not_what_the_day_brings_is_told() -> None:
    """Of each figure by itself, for any digit of it."""
    point = Study(path=Path("scenarios/quickstart.toml"), settings=("fleet.drones=85",)).point()
    task = Task(point=point, replication=0)
    with open_runner(workers=1) as runner:
        record = runner.all_records([task])[0]
    right = figures_of(record)
    assert_brings(task, record, right)
    first = next(iter(right["by"]["airport"]))
    wrong = {
        **{name: right[name] * (1 + 1e-6) for name in ("share", "door_s", "per_order")},
        "late": f"{int(right['late'], 16) ^ 1:x}",
        "by": {**right["by"], "airport": {**right["by"]["airport"], first: [0, 0]}},
    }
    for name, figure in wrong.items():
        with pytest.raises(AssertionError, match="run make readme"):
            assert_brings(task, record, {**right, name: figure})
    days = KeptDays(days={day_of(task): {**right, "share": wrong["share"]}})
    with days.instead(), open_runner(workers=1) as runner, pytest.raises(AssertionError, match="run make readme"):
        runner.all_records([task])


def _queries() -> list[int]:
    """Run the queries of the page; gives the number of rows that each finds."""
    import duckdb
    import pandas

    names = {"duckdb": duckdb, "pandas": pandas}
    return [len(eval(line, names)) for block in blocks("py") for line in block.splitlines()]  # noqa: S307


@pytest.mark.slow
def test_the_service_level_moves_with_the_fleet_as_the_table_says(fresh: Path) -> None:
    """For the fleets that the page runs; a tenth of a point is rounding, on another machine two orders at most."""
    counts, shares = (_row(name) for name in ("drones", "on time, %"))
    said = dict(zip(map(int, counts[:-1]), map(float, shares[:-1]), strict=True))
    found = {}
    for drones in (80, 95, 110):
        service = measure(
            "scenarios/quickstart.toml", settings=[f"fleet.drones={drones}", f"pilots.count={-(-drones // 10)}"]
        )["service"]
        found[drones] = round(100 * service["share"], 1)
        assert 100 * service["ceiling"] == pytest.approx(float(shares[-1]), abs=0.11)
    assert found == pytest.approx({drones: said[drones] for drones in found}, abs=0.11)


def _row(name: str) -> list[str]:
    (cells,) = re.findall(rf"^\| {re.escape(name)} \|(.*)\|$", README, re.MULTILINE)
    return [cell.strip() for cell in cells.split("|")]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_every_python_block_runs(number: int, fresh: Path) -> None:
    program = [sys.executable, "-W", "error", "-c", blocks("python")[number]]
    ended = subprocess.run(program, capture_output=True, text=True, check=False, env=environment())
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.fullmatch(r"(\d+\.\d% of [\d,]+ orders on time\n)+", ended.stdout)


def test_the_policy_that_is_shown_is_the_one_that_ships() -> None:
    shown, shipped = (text.partition("orders, drones = view.orders")[2] for text in (blocks("python")[0], _SHIPPED))
    body = shown.partition("\n\n\n")[0].rstrip()
    assert body == shipped.replace("return NOTHING", "return Decisions()").rstrip()
    assert 15 <= len(body.splitlines()) <= 25


class AsShown(doctest.OutputChecker):
    """Takes numbers that are as near as another processor's rounding lets them be."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        try:
            assert_as_shown(got.strip(), want.strip())
        except AssertionError:
            return super().check_output(want, got, optionflags)
        return True


@pytest.mark.slow
@pytest.mark.usefixtures("fresh")
def test_every_session_gives_what_it_shows() -> None:
    sessions = blocks("pycon")
    assert sessions
    for number, session in enumerate(sessions):
        told: list[str] = []
        found = doctest.DocTestParser().get_doctest(session, {}, f"session {number}", "README.md", 0)
        results = doctest.DocTestRunner(checker=AsShown()).run(found, out=told.append)
        assert results.attempted > 3
        assert results.failed == 0, "".join(told)


def test_every_function_that_is_named_is_public() -> None:
    named = set(re.findall(r"\bdronesim\.(\w+)\(", README)) | set(re.findall(r"help\(dronesim\.(\w+)\)", README))
    assert {"run", "compare"} <= named
    assert named <= set(dronesim.__all__)


@pytest.mark.slow
def test_the_policy_of_the_page_runs_by_its_name(fresh: Path) -> None:
    program, _, _ = blocks("python")[0].partition("\n\n\nfor ")
    (fresh / "scenarios" / "my_policies.py").write_text(program + "\n", encoding="utf-8")
    words = ("scenarios/quickstart.toml", "--set", "dispatch.policy=my_policies:most_worth")
    answer = call("validate", *words)
    assert (answer.code, answer.err) == (0, "")
    assert "policy my_policies:most_worth" in answer.out


def write_orders(path: Path, map_path: Path) -> None:
    """Write a spreadsheet of three days of orders between the first sites of a map."""
    import pandas

    sites = [feature["properties"] for feature in json.loads(map_path.read_text(encoding="utf-8"))["features"]]
    ids = {kind: next(site["id"] for site in sites if site["kind"] == kind) for kind in ("merchant", "community")}
    times = pandas.date_range("2026-03-02 10:00", periods=150, freq="29min")
    pandas.DataFrame({"Time": times, "Merchant": ids["merchant"], "Community": ids["community"]}).to_excel(path)


@needs_data_sets
@pytest.mark.slow
def test_the_imports_of_the_page_run(fresh: Path) -> None:
    sources = {"rappi": DATA_SETS / "rappi" / "4", "mdrplib": DATA_SETS / "mdrplib" / "0o100t100s2p100"}
    assert [words[1] for words in indented()] == ["import", "import", "run", *["import"] * 2, *["run"] * 2]
    write_orders(fresh / "orders.xlsx", fresh / "maps" / "longgang-synthetic.geojson")
    for words in indented():
        own = [str(sources.get(words[2], "DIR")) if word == "DIR" else word for word in words[1:]]
        answer = call(*own)
        assert answer.code == 0, (words, answer.err)


def test_make_lines_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    named = {words[1] for words in typed() if words[0] == "make"}
    assert {"demo", "test"} <= named
    assert named | set(re.findall(r"`make ([\w-]+)`", README)) <= targets


def test_nothing_but_make_and_dronesim_is_to_be_typed() -> None:
    assert {words[0] for words in typed()} == {"make", "dronesim"}


def test_every_command_that_is_named_exists() -> None:
    known = set(re.findall(r"^  ([\w-]+)  ", call("--help").out.partition("Commands:")[2], re.MULTILINE))
    named = set(re.findall(r"(?:^\$ |^    |`)dronesim (\w[\w-]*)", README, re.MULTILINE))
    assert {"run", "validate", "verify", "import"} <= named
    assert named <= known


def test_every_option_that_is_named_exists() -> None:
    for words in [*typed(), *indented()]:
        if words[0] == "dronesim":
            verb = words[1:3] if words[1] in {"new", "import"} else words[1:2]
            options = {word for word in words if word.startswith("--")}
            assert options <= set(re.findall(r"--[\w-]+", call(*verb, "--help").out)), words


def links() -> Iterator[str]:
    """Targets of links and pictures within the repository."""
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", README):
        if not re.match(r"[a-z]+:", target):
            yield target


def test_files_and_pictures_that_are_linked_are_there() -> None:
    found = list(links())
    assert any(target.endswith(".png") for target in found)
    assert [target for target in found if not (ROOT / target).is_file()] == []


def test_files_that_are_named_are_there() -> None:
    """Paths in backquotes that begin with a folder of the repository."""
    pattern = r"`((?:scenarios|maps|benchmarks|docs|src|tests)/[\w./-]*)`"
    named = {*re.findall(pattern, README), *re.findall(r"^\$ .*?((?:scenarios|maps)/[\w./-]+)", README, re.MULTILINE)}
    assert "scenarios/quickstart.toml" in named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_parts_of_the_program_that_are_named_are_there() -> None:
    """The five capabilities and the story of a day, by the names of their folders and modules."""
    table = README.partition("## The five capabilities")[2].partition("\n## ")[0]
    named = re.findall(r"`([\w/]+(?:\.py|/))`", table)
    assert len(named) >= 10
    package = ROOT / "src" / "dronesim"
    missing = [
        name for name in named if not any((base / name).exists() for base in (ROOT, package, package / "simulation"))
    ]
    assert missing == []
