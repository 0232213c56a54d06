"""Hostile servers: what networks and strangers do to a client, one behaviour each."""

from __future__ import annotations

from certdoctor.lab.scenarios import SCENARIOS, Behaviour, ClientEncryption, Presents, Scenario, Tls
from certdoctor.lab.server import Practice
from tests.hostile.scripts import SCRIPTS

_WRONG_PORT = "not-tls-or-wrong-port"
_BROKEN = "malformed-answer"
_CUT = "handshake-interrupted"
_SQL_2022 = (16, 0, 1000, 6)


def _hostile(
    name: str,
    wrong: str,
    cause: str | None,
    *,
    presents: Presents = Presents.SOUND,
    version: tuple[int, int, int, int] = (15, 0, 2000, 5),
    encrypt: ClientEncryption = ClientEncryption.ON,
) -> Scenario:
    return Scenario(
        name=name,
        wrong=wrong,
        cause=cause,
        presents=presents,
        encrypt=encrypt,
        behaviour=Behaviour(version=version),
    )


HOSTILE: tuple[Scenario, ...] = (
    # Strangers
    _hostile("http2-on-this-port", "An HTTP/2 server greets.", _WRONG_PORT),
    _hostile("smtp-on-this-port", "An SMTP server greets.", _WRONG_PORT),
    _hostile("ftp-on-this-port", "An FTP server greets.", _WRONG_PORT),
    _hostile("imap-on-this-port", "An IMAP server greets.", _WRONG_PORT),
    _hostile("pop3-on-this-port", "A POP3 server greets and keeps the line open.", _WRONG_PORT),
    _hostile("redis-on-this-port", "A Redis server complains.", _WRONG_PORT),
    _hostile("vnc-on-this-port", "A VNC server greets.", _WRONG_PORT),
    _hostile("rdp-on-this-port", "A Remote Desktop server answers.", _WRONG_PORT),
    _hostile("oracle-on-this-port", "An Oracle listener refuses.", _WRONG_PORT),
    _hostile("mongodb-reply", "A MongoDB server answers in clear.", _WRONG_PORT),
    _hostile("postgresql-without-tls", "A PostgreSQL server without TLS.", "encryption-unsupported"),
    _hostile("postgresql-error", "A PostgreSQL server that refuses the host.", "server-error"),
    _hostile("postgresql-with-tls", "A PostgreSQL server with TLS, on a port of its own.", None),
    _hostile("mysql-without-tls", "A MySQL server without TLS.", "encryption-unsupported"),
    _hostile("mysql-error", "A MySQL server that refuses the host.", "server-error"),
    _hostile("mariadb-with-tls", "A MariaDB server with TLS, on a port of its own.", None),
    _hostile("mysql-cut-greeting", "A MySQL greeting that is cut short.", _WRONG_PORT),
    _hostile("mongodb-without-tls", "A MongoDB server without TLS.", "encryption-unsupported"),
    _hostile("tls-on-this-port", "A TLS server without TDS.", _WRONG_PORT),
    _hostile("tls-alert-to-prelogin", "A TLS server answers PRELOGIN with an alert.", _WRONG_PORT),
    _hostile("echo", "Everything comes back as it was sent.", _WRONG_PORT),
    _hostile("noise", "Random bytes without end.", _WRONG_PORT),
    # Time and size
    _hostile("byte-a-second", "The answer to PRELOGIN comes at a byte a second.", "timeout"),
    _hostile("slow-handshake", "The handshake comes at a byte a second.", "timeout"),
    _hostile("silent-after-prelogin", "PRELOGIN is answered, the ClientHello is not.", "timeout"),
    _hostile("never-the-last-packet", "A PRELOGIN answer that is never marked as whole.", "timeout"),
    _hostile("endless-answer", "A PRELOGIN answer that never ends.", _BROKEN),
    _hostile("endless-handshake", "HelloRequests without end.", _BROKEN),
    _hostile("empty-packets", "Packets without content, for ever.", _BROKEN),
    _hostile("length-64k", "A packet that claims 65,535 bytes.", _BROKEN),
    _hostile("length-zero", "A packet that claims 0 bytes.", _BROKEN),
    _hostile("length-seven", "A packet shorter than its own header.", _BROKEN),
    # Unusual, and to be taken
    _hostile("one-byte-segments", "PRELOGIN answered in segments of one byte.", None),
    _hostile("one-byte-packets", "PRELOGIN answered in packets of one byte.", None),
    _hostile("packets-of-512", "A large PRELOGIN answer in packets of 512 bytes.", None),
    _hostile("packets-of-4096", "A large PRELOGIN answer in packets of 4,096 bytes.", None),
    _hostile("handshake-in-0x04", "The handshake comes in packets of type 0x04.", None),
    _hostile("handshake-one-byte-packets", "The handshake comes in packets of one byte.", None),
    _hostile("handshake-never-whole", "No packet of the handshake is marked as the last.", None),
    _hostile("no-terminator", "The option table has no end mark.", None),
    _hostile("unknown-options", "Options that no specification knows.", None),
    _hostile("trailing-bytes", "More bytes than the options account for.", None),
    Scenario(
        name="many-ca-names",
        wrong="60 KiB of accepted CA names.",
        cause=None,
        behaviour=Behaviour(tls=Tls(names_cas=55)),
    ),
    # Broken answers
    _hostile("option-outside", "An option that points outside the message.", _BROKEN),
    _hostile("cut-table", "An option table that stops in the middle.", _BROKEN),
    _hostile("no-version", "A PRELOGIN answer without VERSION.", _BROKEN),
    _hostile("no-encryption-option", "A PRELOGIN answer without ENCRYPTION.", _BROKEN),
    _hostile("odd-encryption", "ENCRYPTION has a value that no one knows.", _BROKEN),
    _hostile("cut-error-token", "An ERROR token that is cut short.", _BROKEN),
    _hostile("bare-tls", "The wrapped ClientHello is answered outside packets.", _BROKEN),
    _hostile("garbage-handshake", "Packets with garbage where the handshake belongs.", _BROKEN),
    _hostile("http-for-handshake", "HTTP where the handshake belongs.", _BROKEN),
    _hostile("megabyte-of-ca-names", "1 MiB of accepted CA names.", _BROKEN, presents=Presents.SOUND_RSA),
    _hostile("no-certificates", "An empty list of certificates.", _BROKEN),
    _hostile("garbage-certificate", "A certificate that is none.", "malformed-certificate"),
    Scenario(
        name="hundred-certificates",
        wrong="A chain of 100 certificates.",
        cause=None,
        presents=Presents.HUNDRED,
    ),
    # Refusals
    _hostile("error-token", "An ERROR token in place of the answer, with escape codes.", "server-error"),
    _hostile("error-for-handshake", "An ERROR token in place of the handshake.", "server-error"),
    _hostile("alert-internal-error", "The alert internal_error to the ClientHello.", "tls-internal-error"),
    _hostile("alert-unrecognized-name", "The alert unrecognized_name to the ClientHello.", "server-error"),
    _hostile("three-des-only", "The only suite is one with 3DES.", "cipher-mismatch"),
    _hostile("bare-alert", "The alert protocol_version, outside a packet.", "protocol-mismatch"),
    _hostile("close-at-once", "Every connection is closed at once.", _CUT),
    _hostile("close-in-prelogin", "Closed in the middle of the PRELOGIN answer.", _CUT),
    _hostile("close-after-prelogin", "Closed after the PRELOGIN answer.", _CUT),
    _hostile("reset-at-once", "Every connection is reset at once.", _CUT),
    _hostile("reset-after-prelogin", "Reset in place of a PRELOGIN answer.", _CUT),
    _hostile("reset-after-hello", "Reset in place of a ServerHello.", _CUT),
    _hostile("reset-in-handshake", "Reset after the server's first flight.", _CUT),
    _hostile("other-instance", "The instance name does not match (INSTOPT).", "other-instance"),
    # TDS 8.0
    _hostile("wrong-alpn", "TLS first is answered with ALPN http/1.1.", None, version=_SQL_2022),
    _hostile(
        "strict-without-certificate",
        "Strict is answered with an alert, as without a certificate.",
        "strict-unsupported",
        version=_SQL_2022,
        encrypt=ClientEncryption.STRICT,
    ),
    Scenario(
        name="certificates-differ",
        wrong="Another certificate when TLS comes first.",
        cause="certificates-differ",
        behaviour=Behaviour(tds8=True, two_faced=True, version=_SQL_2022),
    ),
    _hostile("strict-silent", "TLS first gets no answer.", None, version=_SQL_2022),
)
"""The name is also the name of the script, where there is one."""


def find(name: str) -> Scenario:
    """Return the scenario of that name, hostile or not."""
    (found,) = (scenario for scenario in (*SCENARIOS, *HOSTILE) if scenario.name == name)
    return found


def serve(scenario: Scenario) -> Practice:
    """Return the server of a scenario, hostile or not."""
    return Practice(scenario, script=SCRIPTS.get(scenario.name))
