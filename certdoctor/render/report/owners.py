"""The owners of a task, in words."""

from __future__ import annotations

from certdoctor.model.rule import Owner

OWNERS = {
    Owner.SERVER: "Server side: whoever administers the database server",
    Owner.CLIENT: "Client side: whoever runs the client program",
    Owner.CA: "The PKI team, or whoever issued the certificate",
    Owner.NETWORK: "The network team",
}
