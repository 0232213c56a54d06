"""Times one chain judged for every client, in this process, against OpenSSL's own verification of it.

    python tools/bench_clients.py

The public roots (about 120) and a CA file of 150 roots are trusted. The first chain is left out: it loads the
lists. Printed are milliseconds per chain and the ratio to pyOpenSSL's ``X509StoreContext``, which stops at the
first error and knows one client, over the same chains in the same run.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from OpenSSL import crypto

from certdoctor.formats.certificates import x509
from certdoctor.model.certificate import Chain
from certdoctor.model.evidence import Evidence
from certdoctor.model.files import FileFacts, FileObject, Form, Role
from certdoctor.trust.modes import verdicts
from certdoctor.trust.paths import examine
from tests import pki

ROOTS, CHAINS = 150, 60


def main() -> None:
    """Measure and print."""
    others = [pki.issue(f"Other Root {n}", ca=True) for n in range(ROOTS - 1)]
    roots = (*others, pki.root())
    ca_file = _ca_file(roots)
    leaves = [pki.issue(f"server{n}.example", pki.intermediate()) for n in range(CHAINS + 1)]

    def judge(leaf: pki.Issued) -> None:
        chain = Chain(x509.parse(leaf.der), (x509.parse(pki.intermediate().der),))
        evidence = Evidence(
            subject="bench",
            observed_at=pki.NOW,
            chain=chain,
            hosts=("localhost",),
            files=(ca_file,),
            trust=examine(chain, ca_file.certificates, pki.NOW),
        )
        if not any(v.verdict == "accepts" for v in verdicts(evidence)):
            raise SystemExit("no client accepts a chain that is good: nothing was measured")

    store = crypto.X509Store()
    for root in roots:
        store.add_cert(crypto.X509.from_cryptography(root.certificate))
    store.set_time(pki.NOW)

    def verify(leaf: pki.Issued) -> None:
        below = [crypto.X509.from_cryptography(pki.intermediate().certificate)]
        own = crypto.X509.from_cryptography(leaf.certificate)
        crypto.X509StoreContext(store, own, below).verify_certificate()

    first = _milliseconds(judge, leaves[0])
    ours, theirs = [], []
    for leaf in leaves[1:]:  # in turn, so that whatever slows the machine slows both
        ours.append(_milliseconds(judge, leaf))
        theirs.append(_milliseconds(verify, leaf))
    median, peer = statistics.median(ours), statistics.median(theirs)
    print(f"first chain               {first:8.1f} ms")
    print(f"every client, median      {median:8.2f} ms   p95 {sorted(ours)[int(len(ours) * 0.95)]:.2f} ms")
    print(f"X509StoreContext, median  {peer:8.2f} ms")
    print(f"ratio                     {median / peer:8.2f}")


def _ca_file(roots: tuple[pki.Issued, ...]) -> FileFacts:
    objects = tuple(
        FileObject(kind="certificate", encoding="PEM", certificate=x509.parse(root.der)) for root in roots
    )
    return FileFacts(path="roots.pem", role=Role.CA, format=Form.PEM, objects=objects, size=0)


def _milliseconds(work: Callable[[pki.Issued], None], leaf: pki.Issued) -> float:
    begun = time.perf_counter()
    work(leaf)
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()
