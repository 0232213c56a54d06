"""``python -m certdoctor`` and the console script."""

from __future__ import annotations

import sys

from certdoctor import __version__


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        # Scripts ask for this alone, often; the rest of the command line would be half of their wait.
        sys.stdout.write(f"certdoctor {__version__}\n")
        return
    from certdoctor.cli.app import run  # noqa: PLC0415 - the version alone needs none of it

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
