"""Common random numbers: two fleets meet the same days, so their difference is known far better than each level."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dronesim.experiment.estimates import paired
from dronesim.experiment.levels import shares
from dronesim.experiment.runner import open_runner
from dronesim.experiment.study import Study

QUICKSTART = Path(__file__).parents[2] / "scenarios" / "quickstart.toml"


def test_paired_variance_is_at_most_a_third_of_unpaired_between_fleets_that_bracket_the_target() -> None:
    """Of 400 orders 19 and 20 drones bring about 74.9 and 77.5 % on time; a ratio of 3 is far from theirs, about 15."""
    study, days = Study(path=QUICKSTART, settings=("demand.orders=400", "pilots.count=4")), range(10)
    with open_runner(workers=1) as runner:
        fewer, more = (shares(runner.records(study.point(f"fleet.drones={count}"), days)) for count in (19, 20))
    assert abs(fewer.mean() - 0.75) < 0.02, "they bracket the target no longer"
    assert np.var(more - fewer, ddof=1) * 3 <= np.var(more, ddof=1) + np.var(fewer, ddof=1)
    assert paired(more, fewer).low > 0.0
