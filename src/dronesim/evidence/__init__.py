"""Evidence: what each capability of the model rests on, from checks that were run, never from what somebody wrote."""

from dronesim.evidence.capabilities import CAPABILITIES, Capability
from dronesim.evidence.kinds import Kind, Outcome, Result, Status, status_of
from dronesim.evidence.purpose import MARKS, NOT_FOR, USES, Mark, mark_verdicts
from dronesim.evidence.saved import OUTCOMES_FILE, saved_outcomes
from dronesim.evidence.standing import Standing, standing_content, standing_lines, standings, statuses

__all__ = [
    "CAPABILITIES",
    "MARKS",
    "NOT_FOR",
    "OUTCOMES_FILE",
    "USES",
    "Capability",
    "Kind",
    "Mark",
    "Outcome",
    "Result",
    "Standing",
    "Status",
    "mark_verdicts",
    "saved_outcomes",
    "standing_content",
    "standing_lines",
    "standings",
    "status_of",
    "statuses",
]
