"""Finds the versions and suites that a server accepts, by ClientHellos and the first record of each answer."""

from __future__ import annotations

import os
from collections.abc import Callable

from certdoctor.errors import FormatError
from certdoctor.formats.wire import tls
from certdoctor.formats.wire.tls import Alert, ClientHello, ServerHello, Version
from certdoctor.gather.server.probe_run import ProbeRun, plain
from certdoctor.gather.server.stages import ProbeEnded
from certdoctor.gather.server.tls import Carrier
from certdoctor.gather.server.transport import Wire
from certdoctor.model.lean import dataclass
from certdoctor.model.wire import Offer, SurveyResult
from certdoctor.trust import offers

SECONDS = 3.0
"""Seconds for one offer."""

MAX_SUITES = 200
_MAX_ANSWER = 1 << 16

Opening = Callable[[ProbeRun, Wire], Carrier]


@dataclass(frozen=True, slots=True)
class _Answer:
    """The result of one offer; ``accepted`` is None if it is unknown."""

    accepted: bool | None
    detail: str
    hello: ServerHello | None = None


def find_accepted(run: ProbeRun, opening: Opening, alpn: bytes | None, *, ciphers: bool) -> SurveyResult:
    """Offer each version separately, and with ``ciphers`` all suites again and again, without those accepted before.

    At the run's deadline it stops and returns what it knows.
    """
    answers = {version: _offer(run, opening, alpn, version, tls.fitting(version)) for version in Version}
    hellos = [answer.hello for answer in answers.values() if answer.hello is not None]
    older = [hello for hello in hellos if hello.version < Version.TLS1_3]
    taken: list[Offer] = []
    whole = True
    if ciphers:
        for version, answer in answers.items():
            if answer.hello is not None:
                found, complete = _suites(run, opening, alpn, version)
                taken += found
                whole = whole and complete
    server = offers.Surveyed(
        versions=tuple(Offer(name=v.title, accepted=a.accepted, detail=a.detail) for v, a in answers.items()),
        ciphers=tuple(taken) if ciphers else None,
        complete=whole,
        secure_renegotiation=all(hello.secure_renegotiation for hello in older) if older else None,
    )
    return SurveyResult(
        versions=server.versions,
        ciphers=server.ciphers,
        complete=server.complete,
        secure_renegotiation=server.secure_renegotiation,
        reach=offers.reach(server, run.target.protocol),
    )


def _suites(
    run: ProbeRun, opening: Opening, alpn: bytes | None, version: Version
) -> tuple[list[Offer], bool]:
    """Return the suites accepted in a version, in the order in which the server chose them, and whether these are all."""
    left = list(tls.fitting(version))
    taken: list[Offer] = []
    for _ in range(MAX_SUITES):
        answer = _offer(run, opening, alpn, version, tuple(left))
        if answer.hello is None:
            return taken, answer.accepted is False
        cipher = answer.hello.cipher
        if cipher not in left:
            # A server that chooses a suite that was not offered would never end.
            return taken, False
        left.remove(cipher)
        name = tls.suites()[cipher]
        taken.append(Offer(name=name, accepted=True, detail=tls.weak(name) or "", version=version.title))
        if not left:
            break
    return taken, True


def _offer(
    run: ProbeRun, opening: Opening, alpn: bytes | None, version: Version, ciphers: tuple[int, ...]
) -> _Answer:
    hello = ClientHello(
        version=version,
        ciphers=ciphers,
        random=os.urandom(32),
        server_name=run.server_name,
        alpn=(alpn,) if alpn else (),
    )
    offered = False
    try:
        with run.connect(SECONDS) as wire:
            carrier = opening(run, wire)
            offered = True
            carrier.send(tls.build_client_hello(hello))
            return _meaning(_read(carrier), version)
    except ProbeEnded as end:
        return _Answer(None, end.failure.detail)
    except FormatError as error:
        return _Answer(None, error.problem)
    except OSError as error:
        if isinstance(error, TimeoutError):
            return _Answer(None, "no answer")
        # A reset counts as a refusal only after the offer was sent.
        return _Answer(False if offered else None, plain(error))


def _meaning(answer: ServerHello | Alert | None, version: Version) -> _Answer:
    if answer is None:
        return _Answer(False, "closed")
    if isinstance(answer, Alert):
        return _Answer(False, f"alert {answer.name}")
    if answer.version != version:
        # Before TLS 1.3 a server may answer with a lower version than the one offered.
        return _Answer(False, f"answers with {_title(answer.version)}")
    return _Answer(True, tls.suites().get(answer.cipher, f"suite 0x{answer.cipher:04x}"), answer)


def _read(carrier: Carrier) -> ServerHello | Alert | None:
    data = b""
    while len(data) < _MAX_ANSWER:
        arrived = carrier.receive()
        if not arrived:
            return None
        data += arrived
        answer = tls.parse_answer(data)
        if answer is not None:
            return answer
    raise FormatError("TLS handshake", len(data), "the ServerHello never ends")


def _title(version: int) -> str:
    return Version(version).title if version in set(Version) else f"version 0x{version:04x}"
