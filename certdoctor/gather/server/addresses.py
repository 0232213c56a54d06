"""Checks whether the other addresses of a name answer, and whether they are the same server."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from certdoctor.gather.server.probe_run import ProbeRun, plain
from certdoctor.gather.server.stages import ProbeEnded
from certdoctor.gather.server.tls import Carrier
from certdoctor.gather.server.transport import Address, Wire
from certdoctor.model.certificate import Chain
from certdoctor.model.fact import Absent
from certdoctor.model.wire import AddressSeen, Wrapping

MAX_ADDRESSES = 8
SECONDS = 3.0
"""Seconds for the other addresses, which are probed in parallel."""


def compare(
    run: ProbeRun,
    opening: Callable[[ProbeRun, Wire], Carrier],
    wrapping: Wrapping,
    alpn: bytes | None,
) -> tuple[AddressSeen, ...]:
    """Return what was seen at every address, the probed one first; empty if there is only one address.

    ``opening`` does the protocol's exchange before a handshake.
    """
    if run.address is None or not run.others:
        return ()

    def look(address: Address) -> AddressSeen:
        if address in run.refused:
            error = run.refused[address]
            return _seen(address, problem=plain(error), silent=isinstance(error, TimeoutError))
        return _look(run, address, opening, wrapping, alpn)

    others = run.others[:MAX_ADDRESSES]
    with ThreadPoolExecutor(len(others), thread_name_prefix="address") as pool:
        return (_probed(run), *pool.map(look, others))


def _probed(run: ProbeRun) -> AddressSeen:
    chain = run.session.chain if run.session is not None else None
    return AddressSeen(
        address=str(run.address[1][0]) if run.address else "",
        problem=run.failure.detail if run.failure else None,
        leaf_sha256=chain.leaf.sha256 if isinstance(chain, Chain) else None,
        version=run.prelogin.version_text if run.prelogin else run.software,
    )


def _look(
    run: ProbeRun,
    address: Address,
    opening: Callable[[ProbeRun, Wire], Carrier],
    wrapping: Wrapping,
    alpn: bytes | None,
) -> AddressSeen:
    there = run.anew(run.deadline.shorter(SECONDS))
    try:
        with there.dial(address, there.deadline) as wire:
            session = there.handshake(
                opening(there, wire),
                server_name=there.server_name,
                wrapping=wrapping,
                alpn=alpn,
                identity=there.identity,
            )
    except ProbeEnded as end:
        return _seen(address, problem=end.failure.detail, version=there.version)
    except OSError as error:
        return _seen(address, problem=plain(error), silent=isinstance(error, TimeoutError))
    if isinstance(session.chain, Absent):
        problem = session.failure.detail if session.failure else session.chain.reason
        return _seen(address, problem=problem, version=there.version)
    return _seen(address, leaf=session.chain.leaf.sha256, version=there.version)


def _seen(
    address: Address,
    *,
    problem: str | None = None,
    silent: bool = False,
    leaf: str | None = None,
    version: str | None = None,
) -> AddressSeen:
    return AddressSeen(
        address=str(address[1][0]), problem=problem, silent=silent, leaf_sha256=leaf, version=version
    )
