"""The command line; each verb imports what it needs when it is called."""

from dronesim.cli.main import main

__all__ = ["main"]
