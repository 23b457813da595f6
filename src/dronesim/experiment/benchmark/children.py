"""The other side of a policy's process: it is asked, and ended where it does not answer in time."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any, Final, cast

from dronesim.errors import InputError, Problem
from dronesim.experiment.benchmark.child import ENV
from dronesim.experiment.benchmark.day import void_day
from dronesim.experiment.benchmark.limits import Limits

GRACE_S: Final = 120.0
"""So long a day may take beside its decisions: importing, setting up, flying."""
MOST_ENDED: Final = 5
"""A policy that ended its process on so many days is not asked any more."""
_CHUNK: Final = 65536
_ENDED: Final = {
    signal.SIGPROF: "a decision took more than {each:g} s of CPU time",
    signal.SIGALRM: "a decision took more than {wall:g} s of wall time",
    signal.SIGKILL: "its process was killed (out of memory?)",
}


class Child:
    """One policy's process; where the policy ends it, the day is void and the next one has a new process.

    ``confined`` tells what limits the process got.
    """

    def __init__(self, policy: str, *, folder: Path | None, limits: Limits, slot: int = 0) -> None:
        home = None if folder is None else str(folder)
        self._order: dict[str, Any] = {"policy": policy, "folder": home, "limits": limits.content(), "slot": slot}
        self._ended = 0
        self._is_over = False
        self._asking = threading.Lock()
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self.confined: dict[str, str] = {}

    def hash(self, scenario: Path) -> str:
        """Give the hash of the policy's code.

        Raises
        ------
        InputError
            There is no such policy, or it can't be imported.
        """
        answer = self._ask({"scenario": str(scenario)})
        if "hash" not in answer:
            raise self._unfit(answer.get("problems") or [answer["ended"]])
        return str(answer["hash"])

    def day(self, scenario: Path, seed: int) -> dict[str, Any]:
        """Run a day; gives what came of it, void where the policy spoilt it.

        Raises
        ------
        InputError
            The scenario is not usable.
        """
        if self._ended >= MOST_ENDED:
            return void_day(f"not asked: its process ended on {MOST_ENDED} days before")
        answer = self._ask({"scenario": str(scenario), "seed": seed})
        if "problems" in answer:
            raise self._unfit(answer["problems"])
        self._ended += "ended" in answer
        return void_day(answer["ended"]) if "ended" in answer else answer

    def bound(self, scenario: Path, seed: int) -> float | None:
        """Give the bound of a day's share on time; None where nobody orders in range.

        Raises
        ------
        InputError
            The scenario is not usable, or the process ended.
        """
        answer = self._ask({"scenario": str(scenario), "seed": seed, "bound": True})
        if "bound" not in answer:
            raise self._unfit(answer.get("problems") or [answer["ended"]])
        found: float | None = answer["bound"]
        return found

    def end(self) -> None:
        """End the process for good, whatever it is at: nothing is answered any more."""
        self._is_over = True
        process = self._process
        if process is not None:
            # whoever waits for an answer sees that none will come, and lets go
            process.kill()
        with self._asking:
            self._drop()

    def _unfit(self, words: list[str]) -> InputError:
        return InputError([Problem(file="command line", key=self._order["policy"], rule=text) for text in words])

    def _ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        with self._asking:
            return self._answer(asked)

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        process = self._process if self._process is not None or self._is_over else self._begin()
        if process is None:
            return {"ended": "its process did not begin"}
        try:
            self._write(process, asked)
            answer = self._read(process, self._limits.day_s * self._limits.wall + GRACE_S)
        except BrokenPipeError:
            answer = None
        return answer if answer is not None else {"ended": self._post_mortem(process)}

    def _begin(self) -> subprocess.Popen[bytes] | None:
        command = [sys.executable, "-P", "-m", "dronesim.experiment.benchmark.child"]
        pipe = subprocess.PIPE
        environment = {**os.environ, **ENV}
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment)
        self._write(self._process, self._order)
        answer = self._read(self._process, GRACE_S)
        if answer is None:
            self._drop()
            return None
        self.confined = answer["confined"]
        return self._process

    def _write(self, process: subprocess.Popen[bytes], content: dict[str, Any]) -> None:
        asked = cast("IO[bytes]", process.stdin)
        asked.write(json.dumps(content).encode() + b"\n")
        asked.flush()

    def _read(self, process: subprocess.Popen[bytes], timeout_s: float) -> dict[str, Any] | None:
        """Read one line; None where the process ends, or does not answer in time."""
        text, answers = b"", cast("IO[bytes]", process.stdout)
        with selectors.DefaultSelector() as selector:
            selector.register(answers, selectors.EVENT_READ)
            while not text.endswith(b"\n"):
                if not selector.select(timeout_s):
                    return None
                chunk = os.read(answers.fileno(), _CHUNK)
                if not chunk:
                    return None
                text += chunk
        found: dict[str, Any] = json.loads(text)
        return found

    def _post_mortem(self, process: subprocess.Popen[bytes]) -> str:
        """Say how a process ended that gave no answer."""
        try:
            code = process.wait(1.0)
        except subprocess.TimeoutExpired:
            return "the day took too long"
        finally:
            self._drop()
        if code < 0 and -code in _ENDED:
            limits = self._limits
            return _ENDED[signal.Signals(-code)].format(each=limits.each_s, wall=limits.each_s * limits.wall)
        return (
            f"its process ended by {signal.Signals(-code).name}" if code < 0 else f"its process ended with code {code}"
        )

    def _drop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()
