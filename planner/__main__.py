"""``python -m planner`` is ``flaneur``."""

from planner.cli import main

if __name__ == "__main__":
    main()
