"""``python -m certdoctor`` and the console script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from certdoctor.cli.app import run  # noqa: PLC0415 - the version alone needs none of it

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
