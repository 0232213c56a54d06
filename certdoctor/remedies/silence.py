"""Remedies where TCP was made and silence follows: opening a port, which is open, would change nothing."""

from __future__ import annotations

from certdoctor.model.ids import Database, Protocol, Shell, System
from certdoctor.model.report import Remedy
from certdoctor.model.rule import Owner
from certdoctor.remedies.client import obtaining
from certdoctor.remedies.commands import Page, step
from certdoctor.remedies.context import RemedyContext

_LAST_WORDS = {
    "prelogin": "PRELOGIN, the first packet of TDS",
    "starttls": "the request for TLS",
    "hello": "the ClientHello of TLS",
    "certificate": "the ClientHello of TLS, and part of the answer",
    "finished": "the server's certificate, and part of the handshake",
}
"""What had passed over the connection when it fell silent, by the stage that was not reached."""

_ETHERNET_PING = 1472
"""Bytes of data that fill an Ethernet frame: MTU 1500 less 20 of IPv4 (RFC 791) and 8 of ICMP (RFC 792)."""


def let_the_protocol_through(situation: RemedyContext) -> Remedy:
    """Find the device that holds back what it inspects."""
    page = Page(situation)
    port, what = situation.port, _spoken(situation)
    last = _LAST_WORDS.get(situation.failed_stage or "")
    sent = f"a TCP connection, {last}, and then nothing" if last else "a TCP connection, and then nothing"
    return page.remedy(
        summary=f"Have the devices on the way let {what} through to {situation.host}, port {port}.",
        owner=Owner.NETWORK,
        steps=(
            "The port is open: TCP was made. A further rule that opens it changes nothing.",
            step(
                "Run this on the server itself, or on a machine beside it. An answer there and none from here: something on "
                "the way holds it back. Silence there too: it is the server, see the next remedies.",
                page.probe(),
            ),
            step(
                "See on a Linux server whether the client's packets arrive (on Windows with pktmon or Wireshark).",
                f"sudo tcpdump -ni any tcp port {port}",
            ),
            (
                "Ask the network team which devices between both inspect this traffic or stand in for the server: intrusion "
                f"prevention, application control, TLS inspection, a proxy. They should let {what} pass untouched. Name "
                f"both addresses, port {port}, the minute of a failed try, and what was seen: {sent}."
            ),
        ),
        proof=page.probe(),
    )


def speak_the_right_protocol(situation: RemedyContext) -> Remedy:
    """Find out whether the port waits for other first words."""
    page = Page(situation)
    return page.remedy(
        summary=f"Find the protocol in which port {situation.port} of {situation.host} answers, and use that.",
        owner=Owner.CLIENT,
        steps=(
            *(
                step(words, page.run(f"probe {page.endpoint} --protocol {name}"))
                for words, name in _other_first_words(situation)
            ),
            *(
                (
                    "Set the client to the one that is answered: Encrypt=strict is TLS first, Encrypt=yes is not.",
                )
                if situation.speaks_tds
                else ("Set the client to the one that is answered.",)
            ),
            "If nothing is answered, it is no matter of the protocol.",
        ),
        proof=page.probe(),
    )


def _other_first_words(situation: RemedyContext) -> tuple[tuple[str, Protocol], ...]:
    """Return what else the port may wait for, the most likely first."""
    match situation.protocol.database:
        case Database.SQL_SERVER:
            own = (
                ("SQL Server before 2022 knows no TLS first and waits for PRELOGIN in clear.", Protocol.TDS)
                if situation.protocol is Protocol.TDS8
                else (
                    "TLS first, as SQL Server 2022 and later speak it with strict encryption (TDS 8.0).",
                    Protocol.TDS8,
                )
            )
            any_other = "Any other service that begins with TLS; its certificate tells whose it is."
            return (own, (any_other, Protocol.TLS))
        case Database.OTHER:
            return (
                ("SQL Server, PostgreSQL and MySQL want words of their own before TLS.", Protocol.TDS),
                ("PostgreSQL.", Protocol.POSTGRES),
                ("MySQL and MariaDB.", Protocol.MYSQL),
            )
        case Database.POSTGRESQL | Database.MYSQL | Database.MONGODB:
            return (("A proxy or pooler in front may want TLS first.", Protocol.TLS),)


def wake_the_server(situation: RemedyContext) -> Remedy:
    """Find what holds the port on the server, and why it does not serve."""
    page = Page(situation)
    port = situation.port
    return page.remedy(
        summary=f"Find what holds port {port} on {situation.host}, and why it accepts connections and keeps silent.",
        owner=Owner.SERVER,
        steps=(
            *obtaining.by_system(
                situation.server_on,
                windows=(
                    step(
                        "See which process listens there.",
                        f"Get-Process -Id (Get-NetTCPConnection -LocalPort {port} -State Listen).OwningProcess",
                    ),
                ),
                linux=(step("See which process listens there.", f"sudo ss -ltnp 'sport = :{port}'"),),
            ),
            f"It is another product: {situation.protocol.database} listens elsewhere, and the client needs that port.",
            "It is a load balancer or proxy: see that the server behind it is up and passes its health check.",
            *_overloaded(situation),
        ),
        proof=page.probe(),
    )


def send_smaller_packets(situation: RemedyContext) -> Remedy:
    """Find out whether large packets get lost on the way."""
    page = Page(situation)
    host = page.word(situation.host, "HOST")
    if situation.shell is Shell.POWERSHELL:
        ping = f"ping -f -l {_ETHERNET_PING} {host}"
    elif situation.os in {System.MACOS, System.FREEBSD}:
        ping = f"ping -c 3 -D -s {_ETHERNET_PING} {host}"
    else:
        ping = f"ping -c 3 -M do -s {_ETHERNET_PING} {host}"
    return page.remedy(
        summary=f"Find out whether large packets to and from {situation.host} get lost, and have that mended.",
        owner=Owner.NETWORK,
        steps=(
            step(
                "Send a packet of full size that may not be cut up. Lower the number until there is an answer: one that comes "
                "only for smaller packets, without an error for the larger, means that these get lost.",
                ping,
            ),
            "A server that answers no ping at all tells nothing here: have the network team look instead.",
            (
                "Ask the network team to let ICMP of type 3 code 4 (IPv6: type 2) pass, or to lower the MSS of TCP on the VPN "
                "or tunnel to what it carries."
            ),
        ),
        proof=page.probe(),
    )


def _spoken(situation: RemedyContext) -> str:
    """Return what devices on the way would have to understand or let be."""
    if situation.protocol is Protocol.TDS and situation.failed_stage in {None, "prelogin"}:
        return "TDS, SQL Server's protocol,"
    if situation.failed_stage == "starttls":
        return f"the protocol of {situation.protocol.database}"
    return "TLS inside TDS" if situation.protocol is Protocol.TDS else "TLS"


def _overloaded(situation: RemedyContext) -> tuple[str, ...]:
    if not situation.speaks_tds:
        return (
            f"It is {situation.protocol.database}: look at its load and its log, and restart it if it hangs.",
        )
    return (
        step(
            "It is SQL Server: on the server its dedicated administrator connection answers even when no worker is free. "
            "Rows here mean that.",
            'sqlcmd -S admin:localhost -E -Q "SELECT * FROM sys.dm_os_waiting_tasks WHERE wait_type = '
            "'THREADPOOL'\"",
        ),
        "Its error log names a hang too: 17883, 17884, 17888.",
    )


FAMILY = (
    let_the_protocol_through,
    speak_the_right_protocol,
    wake_the_server,
    send_smaller_packets,
)
"""Every remedy of this family; its name in the book is the function's, with hyphens."""
