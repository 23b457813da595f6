"""Runs the command line as ``python -m dronesim``."""

from dronesim.cli import main

if __name__ == "__main__":
    main()
