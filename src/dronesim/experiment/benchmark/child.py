"""The process in which one policy decides: it takes days as lines of JSON and gives what came of each.

    python -P -m dronesim.experiment.benchmark.child

It confines itself before anything of the policy is there. Whatever the policy prints is dropped.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import IO, Any

ENV = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
"""One thread for every library that would have more."""


def main() -> None:
    """Answer until nothing is asked any longer: first the limits, then the policy, then days."""
    asked, answers = sys.stdin, _own_output()
    order = json.loads(asked.readline())
    from dronesim.experiment.benchmark.limits import Limits, confine

    limits = Limits(**order["limits"])
    _answer(answers, {"confined": confine(limits, slot=order["slot"])})
    from dronesim.errors import InputError
    from dronesim.experiment.benchmark.contestant import Contestant

    contestant = Contestant(order["policy"], folder=_path(order["folder"]), limits=limits)
    for line in asked:
        try:
            _answer(answers, contestant.answer(json.loads(line)))
        except InputError as error:
            _answer(answers, {"problems": [str(problem) for problem in error.problems]})


def _own_output() -> IO[str]:
    """Keep standard output for answers, and let nothing else be written to it."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return answers


def _answer(answers: IO[str], content: dict[str, Any]) -> None:
    answers.write(json.dumps(content, ensure_ascii=False) + "\n")
    answers.flush()


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


if __name__ == "__main__":
    main()
