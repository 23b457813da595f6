"""The replay of a saved run: one page that plays the day, stills and films of it."""

from dronesim.replay.folder import FORMS, PAGE, STEP_S, Part, write_replay

__all__ = ["FORMS", "PAGE", "STEP_S", "Part", "write_replay"]
