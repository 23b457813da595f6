"""Parameters of several policies that are compared: each gets those of the scenario's that it declares."""

from __future__ import annotations

from collections.abc import Sequence

from dronesim.dispatch import parameters_of
from dronesim.experiment.factors import setting
from dronesim.experiment.own_policy import find_policy
from dronesim.experiment.study import Study


def settings_of(study: Study, policies: Sequence[str]) -> list[tuple[str, ...]]:
    """Give the settings by which a scenario gets each of some policies, with the parameters that are its own too.

    Raises
    ------
    InputError
        A policy can't be found.
    """
    return [(setting("dispatch.policy", policy), *_parameters(study, policy)) for policy in policies]


def _parameters(study: Study, policy: str) -> tuple[str, ...]:
    stated = study.scenario().dispatch.parameters
    if not stated:
        return ()
    bare = study.scenario(setting("dispatch.policy", policy), setting("dispatch.parameters", {}))
    declared = parameters_of(find_policy(bare, folder=study.folder))
    return (setting("dispatch.parameters", {name: value for name, value in stated.items() if name in declared}),)
