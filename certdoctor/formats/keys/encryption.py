"""The encryption of a key or container, read from its ASN.1 without the password (RFC 8018, RFC 7292).

Names the scheme, says whether OpenSSL 3 in its default configuration can open it, and computes the cost of one
try of a password, so that a hostile file cannot demand endless key derivation.
"""

from __future__ import annotations

from certdoctor.errors import FormatError
from certdoctor.formats.encodings.der import INTEGER, OCTET_STRING, SEQUENCE, Element
from certdoctor.formats.text.limits import MAX_ROUNDS
from certdoctor.model.lean import dataclass

MAX_SCRYPT_WORK = 1 << 23
"""N times r times p; OpenSSL's own choice is 2**17."""
SCRYPT_MEMORY = 32 << 20
"""Bytes; OpenSSL itself refuses more (measured with Node 20)."""

LEGACY = "OpenSSL 3, so Node 18 and later, refuses {} even with the right password"


class Work:
    """The remaining budget of key derivation for one file, in PBKDF2 rounds."""

    def __init__(self, rounds: int = 2 * MAX_ROUNDS, *, most: int = MAX_ROUNDS) -> None:
        """Allow ``rounds`` in all and ``most`` for one try; the defaults take some ten seconds."""
        self.left = rounds
        self.most = most

    def spend(self, cost: int) -> bool:
        """Subtract the cost if enough is left; return whether it was."""
        if cost > self.left:
            return False
        self.left -= cost
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Encryption:
    """The facts of an encryption that are known without the password."""

    words: str
    """"PBES2: PBKDF2-HMAC-SHA256 2,048 rounds, AES-256-CBC"."""
    cost: int = 0
    """Cost of one try of a password, in PBKDF2 rounds."""
    refused: str | None = None
    """A clause: why OpenSSL 3 does not open it even with the right password; None if it does."""
    hopeless: bool = False
    """Whether no password is tried at all, because the scheme is unknown or too costly."""
    caveat: str | None = None
    """A clause: another client that does not open it."""
    damage: str | None = None
    """Why no password can open it: parts are missing or of the wrong size."""


@dataclass(frozen=True, slots=True)
class _Cipher:
    name: str
    block: int
    iv: int
    legacy: bool = False


_PBES1 = {
    "1.2.840.113549.1.5.1": ("PBES1: MD2", "DES-CBC"),
    "1.2.840.113549.1.5.3": ("PBES1: MD5", "DES-CBC"),
    "1.2.840.113549.1.5.4": ("PBES1: MD2", "RC2-64-CBC"),
    "1.2.840.113549.1.5.6": ("PBES1: MD5", "RC2-64-CBC"),
    "1.2.840.113549.1.5.10": ("PBES1: SHA-1", "DES-CBC"),
    "1.2.840.113549.1.5.11": ("PBES1: SHA-1", "RC2-64-CBC"),
    "1.2.840.113549.1.12.1.1": ("PKCS#12 PBE: SHA-1", "RC4-128"),
    "1.2.840.113549.1.12.1.2": ("PKCS#12 PBE: SHA-1", "RC4-40"),
    "1.2.840.113549.1.12.1.3": ("PKCS#12 PBE: SHA-1", "3DES-CBC"),
    "1.2.840.113549.1.12.1.4": ("PKCS#12 PBE: SHA-1", "2DES-CBC"),
    "1.2.840.113549.1.12.1.5": ("PKCS#12 PBE: SHA-1", "RC2-128-CBC"),
    "1.2.840.113549.1.12.1.6": ("PKCS#12 PBE: SHA-1", "RC2-40-CBC"),
}
_MODERN_PBES1 = {"3DES-CBC", "2DES-CBC"}
_PBES2 = "1.2.840.113549.1.5.13"
_PBKDF2 = "1.2.840.113549.1.5.12"
_SCRYPT = "1.3.6.1.4.1.11591.4.11"

_CIPHERS = {
    "2.16.840.1.101.3.4.1.2": _Cipher("AES-128-CBC", 16, 16),
    "2.16.840.1.101.3.4.1.22": _Cipher("AES-192-CBC", 16, 16),
    "2.16.840.1.101.3.4.1.42": _Cipher("AES-256-CBC", 16, 16),
    "2.16.840.1.101.3.4.1.3": _Cipher("AES-128-OFB", 1, 16),
    "2.16.840.1.101.3.4.1.23": _Cipher("AES-192-OFB", 1, 16),
    "2.16.840.1.101.3.4.1.43": _Cipher("AES-256-OFB", 1, 16),
    "2.16.840.1.101.3.4.1.4": _Cipher("AES-128-CFB", 1, 16),
    "2.16.840.1.101.3.4.1.24": _Cipher("AES-192-CFB", 1, 16),
    "2.16.840.1.101.3.4.1.44": _Cipher("AES-256-CFB", 1, 16),
    "1.2.840.113549.3.7": _Cipher("3DES-CBC", 8, 8),
    "1.2.392.200011.61.1.1.1.2": _Cipher("Camellia-128-CBC", 16, 16),
    "1.2.392.200011.61.1.1.1.3": _Cipher("Camellia-192-CBC", 16, 16),
    "1.2.392.200011.61.1.1.1.4": _Cipher("Camellia-256-CBC", 16, 16),
    "1.2.410.200046.1.1.2": _Cipher("ARIA-128-CBC", 16, 16),
    "1.2.410.200046.1.1.7": _Cipher("ARIA-192-CBC", 16, 16),
    "1.2.410.200046.1.1.12": _Cipher("ARIA-256-CBC", 16, 16),
    "1.2.156.10197.1.104.2": _Cipher("SM4-CBC", 16, 16),
    "1.3.14.3.2.7": _Cipher("DES-CBC", 8, 8, legacy=True),
    "1.2.840.113549.3.2": _Cipher("RC2-CBC", 8, 0, legacy=True),
    "1.3.6.1.4.1.3029.1.2": _Cipher("Blowfish-CBC", 8, 8, legacy=True),
}

_PRFS = {
    "1.2.840.113549.2.6": "MD5",
    "1.2.840.113549.2.7": "SHA1",
    "1.2.840.113549.2.8": "SHA224",
    "1.2.840.113549.2.9": "SHA256",
    "1.2.840.113549.2.10": "SHA384",
    "1.2.840.113549.2.11": "SHA512",
    "1.2.840.113549.2.12": "SHA512-224",
    "1.2.840.113549.2.13": "SHA512-256",
}

_TRADITIONAL = {
    "AES-128-CBC": _Cipher("AES-128-CBC", 16, 16),
    "AES-192-CBC": _Cipher("AES-192-CBC", 16, 16),
    "AES-256-CBC": _Cipher("AES-256-CBC", 16, 16),
    "DES-EDE3-CBC": _Cipher("3DES-CBC", 8, 8),
    "CAMELLIA-128-CBC": _Cipher("Camellia-128-CBC", 16, 16),
    "CAMELLIA-192-CBC": _Cipher("Camellia-192-CBC", 16, 16),
    "CAMELLIA-256-CBC": _Cipher("Camellia-256-CBC", 16, 16),
    "ARIA-128-CBC": _Cipher("ARIA-128-CBC", 16, 16),
    "ARIA-192-CBC": _Cipher("ARIA-192-CBC", 16, 16),
    "ARIA-256-CBC": _Cipher("ARIA-256-CBC", 16, 16),
    "DES-CBC": _Cipher("DES-CBC", 8, 8, legacy=True),
    "RC2-CBC": _Cipher("RC2-CBC", 8, 8, legacy=True),
    "BF-CBC": _Cipher("Blowfish-CBC", 8, 8, legacy=True),
    "SEED-CBC": _Cipher("SEED-CBC", 16, 16, legacy=True),
}


def of_algorithm(algorithm: Element, ciphertext: int, most: int = MAX_ROUNDS) -> Encryption:
    """Describe the encryption of an AlgorithmIdentifier; ``ciphertext`` is the length of the ciphertext in bytes.

    With more than ``most`` rounds of key derivation the result is ``hopeless``.

    Raises:
        FormatError: the parameters do not have the form that their RFC demands.

    """
    parts = algorithm.children()
    if not parts:
        raise FormatError("encryption algorithm", algorithm.start, "empty")
    oid = parts[0].oid()
    if oid == _PBES2:
        return _pbes2(_part(parts, 1), ciphertext, most)
    if oid in _PBES1:
        return _pbes1(oid, _part(parts, 1), ciphertext, most)
    return Encryption(
        words=f"algorithm {oid}",
        refused=f"certdoctor does not know the algorithm {oid}, so no password was tried",
        hopeless=True,
    )


def of_headers(headers: dict[str, str], ciphertext: int) -> Encryption:
    """Describe OpenSSL's traditional encryption, named by the Proc-Type and DEK-Info headers."""
    name, _, iv = headers.get("DEK-Info", "").partition(",")
    cipher = _TRADITIONAL.get(name.strip().upper())
    if not name.strip() or not iv.strip():
        return Encryption(words="traditional PEM", damage="its DEK-Info line is missing or cut short")
    if cipher is None:
        return Encryption(
            words=f"traditional PEM: {name.strip()[:40]}",
            refused="certdoctor does not know the cipher of its DEK-Info line, so no password was tried",
            hopeless=True,
        )
    damage = _size_damage(cipher, ciphertext)
    if len(iv.strip()) != 2 * cipher.iv or set(iv.strip().upper()) - set("0123456789ABCDEF"):
        damage = "the value in its DEK-Info line has the wrong size"
    return Encryption(
        words=f"traditional PEM: {cipher.name}, key made by one round of MD5",
        cost=1,
        refused=LEGACY.format(cipher.name) if cipher.legacy else None,
        damage=damage,
    )


def derivation(algorithm: Element) -> tuple[str, int, str | None]:
    """Return a key derivation function in words, its cost, and why its parameters are refused (None if they are not).

    Raises:
        FormatError: the parameters do not have the form of RFC 8018 A.2 or RFC 7914 section 7.

    """
    parts = algorithm.children()
    oid = _part(parts, 0).oid()
    if oid == _PBKDF2:
        return _pbkdf2(_part(parts, 1))
    if oid == _SCRYPT:
        return _scrypt(_part(parts, 1))
    return f"key derivation {oid}", MAX_ROUNDS + 1, f"certdoctor does not know the key derivation {oid}"


def too_costly(cost: int, most: int = MAX_ROUNDS) -> str:
    """Return the clause for a key derivation that is too costly to run."""
    return (
        f"trying one password would take {cost:,} rounds of key derivation; certdoctor stops at {most:,}"
        " (--max-iterations)"
    )


def _pbes1(oid: str, parameters: Element, ciphertext: int, most: int) -> Encryption:
    scheme, name = _PBES1[oid]
    salt, iterations = (*parameters.children(), parameters, parameters)[:2]
    if salt.tag != OCTET_STRING or iterations.tag != INTEGER:
        raise FormatError("PBES1", parameters.start, "no salt or no round count")
    rounds = iterations.integer()
    words = f"{scheme}, {rounds:,} rounds, {name}"
    if not 0 < rounds <= most:
        return Encryption(words=words, cost=max(rounds, 0), refused=too_costly(rounds, most), hopeless=True)
    block = 1 if name.startswith("RC4") else 8
    damage = _size_damage(_Cipher(name, block, 0), ciphertext)
    refused = None if name in _MODERN_PBES1 else LEGACY.format(name)
    return Encryption(words=words, cost=rounds, refused=refused, damage=damage)


def _pbes2(parameters: Element, ciphertext: int, most: int) -> Encryption:
    function, scheme = (*parameters.children(), parameters, parameters)[:2]
    kdf, cost, refused = derivation(function)
    scheme_parts = scheme.children()
    oid = _part(scheme_parts, 0).oid()
    cipher = _CIPHERS.get(oid)
    words = f"PBES2: {kdf}, {cipher.name if cipher else oid}"
    if refused is not None or cost > most:
        return Encryption(words=words, cost=cost, refused=refused or too_costly(cost, most), hopeless=True)
    if cipher is None:
        reason = f"certdoctor does not know the cipher {oid}, so no password was tried"
        return Encryption(words=words, cost=cost, refused=reason, hopeless=True)
    damage = _size_damage(cipher, ciphertext)
    if cipher.iv and len(_part(scheme_parts, 1).content) != cipher.iv:
        damage = "its initialisation vector has the wrong size"
    caveat = "BoringSSL, which Electron uses, does not read scrypt" if kdf.startswith("scrypt") else None
    legacy = LEGACY.format(cipher.name) if cipher.legacy else None
    return Encryption(words=words, cost=cost, refused=legacy, caveat=caveat, damage=damage)


def _pbkdf2(parameters: Element) -> tuple[str, int, str | None]:
    salt, iterations, *rest = (*parameters.children(), parameters, parameters)
    if salt.tag != OCTET_STRING or iterations.tag != INTEGER:
        raise FormatError("PBKDF2", parameters.start, "no salt or no round count")
    rounds = iterations.integer()
    prf = next((e for e in rest if e.tag == SEQUENCE and e is not parameters), None)
    name = "SHA1"
    if prf is not None:
        oid = _part(prf.children(), 0).oid()
        name = _PRFS.get(oid, oid)
    words = f"PBKDF2-HMAC-{name} {rounds:,} rounds"
    if rounds < 1:
        return words, 0, "its round count is not positive"
    if name[0].isdigit() and name not in _PRFS.values():
        return words, rounds, f"certdoctor does not know the pseudo-random function {name}"
    return words, rounds, None


def _scrypt(parameters: Element) -> tuple[str, int, str | None]:
    numbers = parameters.children()[1:4]
    if len(numbers) != 3:  # noqa: PLR2004 - N, r and p
        raise FormatError("scrypt", parameters.start, "N, r or p is missing")
    n, r, p = (number.integer() for number in numbers)
    words = f"scrypt N={n:,} r={r} p={p}"
    if min(n, r, p) < 1:
        return words, 0, "its scrypt numbers are not positive"
    memory = 128 * r * p + 128 * r * (n + 2)  # OpenSSL's formula, providers/implementations/kdfs/scrypt.c
    if memory > SCRYPT_MEMORY:
        return (
            words,
            MAX_ROUNDS + 1,
            "its scrypt needs over 32 MiB, where OpenSSL and Node stop (memory limit exceeded)",
        )
    if n * r * p > MAX_SCRYPT_WORK:
        return words, MAX_ROUNDS + 1, "its scrypt would take longer than certdoctor waits"
    return words, n * r * p, None  # a round of PBKDF2 and a block of scrypt cost about the same


def _size_damage(cipher: _Cipher, ciphertext: int) -> str | None:
    if ciphertext == 0 or ciphertext % cipher.block:
        return f"{ciphertext:,} bytes of {cipher.name} are not whole blocks, so a part is missing"
    return None


def _part(parts: tuple[Element, ...], at: int) -> Element:
    if at >= len(parts):
        raise FormatError("encryption algorithm", 0, "a part is missing")
    return parts[at]
