"""The verb that holds a dispatch policy to the contract."""

from __future__ import annotations

from typing import Annotated

import typer

from dronesim.cli.options import Json, Quiet, Settings
from dronesim.cli.output import show, show_json


def check_policy(
    policy: Annotated[
        str, typer.Argument(metavar="POLICY", help="A built-in one, package.module:function or path.py:function.")
    ],
    settings: Settings = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hold a dispatch policy to the contract: views made by hand, and small days with trouble.

    An empty view, no infeasible pair, nobody twice, the same decisions on the same view, the same day again, a closed
    airport, a full cabinet, cancelled and revoked orders, tied and shared drones, 1,000 orders and 200 drones. What is
    broken is told with its reason. --set states parameters, as dispatch.parameters.margin_s=60.

    A policy that is not built in is code: it is named on standard error with its file and hash, and run. Exits with 1
    where a clause is broken. Example: dronesim check-policy greedy
    """
    from dronesim.api.contract import check_policy as check

    found = check(policy, set=settings or [])
    if as_json:
        show_json(found.content())
    elif not quiet or not found.is_sound:
        show("\n".join(found.lines()))
    if not found.is_sound:
        raise typer.Exit(1)
