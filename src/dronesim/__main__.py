"""Runs the command line as ``python -m dronesim``, with modules from where the program is and none from here."""

# sys is built in and os is loaded before this line; all else is imported once the current folder is off the path
import os
import sys

if __name__ == "__main__" and not sys.flags.safe_path and sys.path[:1] == [os.getcwd()]:  # noqa: PTH109
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    if sys.path[0] != home:
        del sys.path[0]

try:
    from dronesim.cli import main
except KeyboardInterrupt:
    raise SystemExit(130) from None

if __name__ == "__main__":
    main()
