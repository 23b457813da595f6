"""Help comes at once, because nothing heavy is imported for it."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from command import call, spawn
from dronesim import __version__

HEAVY = ("numba", "numpy", "scipy", "networkx", "shapely", "pyarrow", "matplotlib.pyplot", "simpy", "jinja2")
VERBS = (
    "run",
    "size",
    "sweep",
    "compare",
    "bound",
    "drill",
    "year",
    "bottlenecks",
    "validate",
    "verify",
    "check-policy",
    "report",
    "replay",
    "serve",
    "code",
    "export",
    "list",
    "schema",
    "bench",
    "new",
    "import",
)
ASKED = [(), *((verb,) for verb in VERBS), *(("new", what) for what in ("scenario", "map"))]
ASKED += [("import", kind) for kind in ("map", "orders", "rappi", "mdrplib")]
ASKED += [("bench", what) for what in ("score", "table", "verify", "bound")]

SEE_IMPORTS = """
import json, sys
from dronesim.cli import main
for asked in json.loads(sys.argv[1]):
    sys.argv = ["dronesim", *asked, "--help"]
    try:
        main()
    except SystemExit as end:
        assert not end.code, (asked, end.code)
print("\\n" + json.dumps(sorted(sys.modules)))
"""


def test_help_of_no_verb_imports_anything_heavy() -> None:
    words = [sys.executable, "-c", SEE_IMPORTS, json.dumps(ASKED)]
    ended = subprocess.run(words, capture_output=True, text=True, check=True)
    imported = set(json.loads(ended.stdout.splitlines()[-1]))
    assert "dronesim.cli.running" in imported
    assert imported.isdisjoint(HEAVY), imported.intersection(HEAVY)


def test_help_answers_within_two_seconds() -> None:
    """A loose bound for a busy machine; the design asks for half a second."""
    took_s = []
    for _ in range(3):
        begun = time.perf_counter()
        assert spawn("--help").code == 0
        took_s.append(time.perf_counter() - begun)
    assert min(took_s) < 2.0


def test_help_names_every_verb() -> None:
    answer = call("--help")
    assert (answer.code, answer.err) == (0, "")
    assert [line.split()[0] for line in answer.out.partition("Commands:\n")[2].splitlines()] == list(VERBS)


@pytest.mark.parametrize("asked", ASKED[1:], ids=" ".join)
def test_help_of_a_verb_says_what_it_does_and_how(asked: tuple[str, ...]) -> None:
    answer = call(*asked, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"Usage: dronesim {' '.join(asked)} ")
    assert answer.out == call(*asked, "-h").out
    if asked not in {("new",), ("import",), ("bench",)}:
        assert f"Example: dronesim {' '.join(asked)}" in answer.out


@pytest.mark.parametrize(
    "asked", [words for words in ASKED[1:] if words not in {("new",), ("import",), ("bench",)}], ids=" ".join
)
def test_an_example_stands_on_one_line_so_that_it_can_be_pasted(asked: tuple[str, ...]) -> None:
    lines = call(*asked, "--help").out.splitlines()
    (number,) = (number for number, line in enumerate(lines) if line.startswith("  Example: dronesim "))
    assert lines[number + 1] == ""
    assert "\b" not in "".join(lines)


def test_version_is_told() -> None:
    answer = call("--version")
    assert (answer.code, answer.out, answer.err) == (0, f"dronesim {__version__}\n", "")
