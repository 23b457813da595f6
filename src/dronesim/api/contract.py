"""The contract of policies from Python: whether a policy does what is asked of every one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dronesim.api.asking import Policy, Settings, named_policies, place_of, settings_of

if TYPE_CHECKING:
    from dronesim.experiment.contract.checking import Checked


def check_policy(policy: Policy, *, set: Settings = ()) -> Checked:  # noqa: A002
    """Hold a dispatch policy to the contract: views that are made by hand, and small days in trouble.

    Parameters
    ----------
    policy
        A function or an object, or a name: of a built-in policy, ``"package.module:function"`` or
        ``"path.py:function"``.
    set
        Its parameters, as ``{"dispatch.parameters.margin_s": 60.0}``.

    Returns
    -------
    Checked
        ``is_sound``, and ``verdicts``: each with its ``clause`` and, where that is broken, the ``reason``.

    Raises
    ------
    InputError
        There is no such policy, or it can't be one.

    Examples
    --------
    >>> import dronesim
    >>> found = dronesim.check_policy("greedy")
    >>> found.is_sound, found.verdicts[0].clause
    (True, 'an empty view')
    """
    from dronesim.experiment.contract.checking import check_given, check_named

    settings = settings_of(set)
    if isinstance(policy, str):
        name, folder = place_of(policy)
        return check_named(name, folder=folder, settings=settings)
    (name,), own = named_policies([policy])
    return check_given(name, own[0].policy if own else policy, settings=settings)
