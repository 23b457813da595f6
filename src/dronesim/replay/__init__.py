"""The replay of a saved run: one page that plays the day, stills and films of it."""

from dronesim.replay.folder import PAGE, replay_of, write_replay

__all__ = ["PAGE", "replay_of", "write_replay"]
