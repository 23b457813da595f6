"""Runs the command line as ``python -m dronesim``."""

try:
    from dronesim.cli import main
except KeyboardInterrupt:
    raise SystemExit(130) from None

if __name__ == "__main__":
    main()
