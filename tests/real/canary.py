"""Serves as OpenCanary, a honeypot, plays SQL Server: TDS that was not written here. Prints its port on a line.

Run by an interpreter that has the package (see .ci/install-counterparts), in a folder with an opencanary.conf.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace

from opencanary.modules.mssql import MSSQLProtocol  # type: ignore[import-not-found]  # has a venv of its own
from twisted.internet import reactor  # type: ignore[import-not-found]  # likewise
from twisted.internet.protocol import Factory  # type: ignore[import-not-found]  # likewise


class _Canary(Factory):  # type: ignore[misc]  # as above
    canaryservice = SimpleNamespace(version="2014", logger=SimpleNamespace(), log=lambda *_, **__: None)

    def buildProtocol(self, _: object) -> object:  # noqa: N802 - Twisted's name
        return MSSQLProtocol(self)


def main() -> None:
    """Serve until killed."""
    listening = reactor.listenTCP(0, _Canary(), interface="127.0.0.1")
    sys.stdout.write(f"port {listening.getHost().port}\n")
    sys.stdout.flush()
    reactor.run()


if __name__ == "__main__":
    main()
