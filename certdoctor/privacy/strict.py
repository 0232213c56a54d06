"""The strict copy of a log: only what is recognised as harmless stays, everything else becomes a pseudonym.

The ordinary copy looks for secrets. This one looks for what is none: words of known messages, times, versions,
numbers of errors, ports, and the marks between them. Whatever is not recognised (secret or not) becomes ``word-7``,
``number-2`` or ``id-3``, the same for the same word in the whole copy.

A text is cut at blanks, quotes, brackets and the marks of settings and paths. What stands between two cuts is judged as a
whole: ``Summer-certificate-2024`` does not pass because one of its parts is known.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from functools import cache

from certdoctor.formats.text.redaction.filling import MASK
from certdoctor.logs import signatures
from certdoctor.privacy.vocabulary import Vocabulary, vocabulary

MOST = 1_000_000
"""Pseudonyms of one copy; what is new after that becomes ``***``."""

_CUTS = r"\s\"'`()\[\]{}<>,;=|:/\\\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb\u300c\u300d\u300e\u300f\uff08\uff09\uff1a\uff0c\u3002\u3001\uff1b\u2026"
_MARK = r"\\u00(?:2[267bBfFcC]|3[aAcCdDeE])|\\{1,8}[nrtbf\"'/]|%(?:2[0267BbCcFf]|3[AaDd]|0[AaDd])|&(?:quot|apos|lt|gt|amp|nbsp|#39|#34|#x27|#x22|#10|#xA);"
_COLOUR = r"(?:\x1b|\\u001[bB]|\\x1[bB]|\\033|\^\[)\[(?:\d{1,3};?){0,5}[A-Za-z]"
_SIGN = r"\\{1,8}u[0-9a-fA-F]{4}|\\{1,8}x[0-9a-fA-F]{2}|\\[0-7]{3}|&#?\w{1,8};"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-6]\d(?:[.,:]\d{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?(?:Z|(?: ?(?:UTC|GMT))?[ ]?[+-](?:0\d|1[0-4]):?[0-5]\d)?"
_DATE = (
    rf"(?:(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.]{_DAY}|{_DAY}[-/.](?:0?[1-9]|1[0-2])[-/.](?:19|20)?\d\d"
    rf"|(?:0?[1-9]|1[0-2])/{_DAY}/(?:19|20)?\d\d|{_DAY}[-/ ]{_MONTH}[-/ ](?:19|20)\d\d|{_MONTH} {{1,2}}{_DAY}(?:,? (?:19|20)\d\d)?)"
)
_HOST = (
    r"(?:(?:\*\.)?(?:host|user|name|org|unit|place|oid|domain)-\d{1,4}(?:\.domain-\d{1,4})?(?:\.example)?"
    r"|localhost|0\.0\.(?:\d{1,3})\.\d{1,3}|127\.0\.0\.1|0\.0\.0\.0|\[?(?:100::[0-9a-f]{1,4}|::1)\]?)"
)
_END = rf"(?=[.]?(?:[{_CUTS}]|$))"
_NUMBERED = (
    r"(?=[eEmMsSrRvV])(?i:errno|error(?: code| number)?|msg|severity|(?:exit|return|status) code|exit status|verify error:num)"
    rf"[ ]{{0,2}}[:=#(]{{0,2}}[ ]{{0,2}}-?\d{{1,5}}{_END}"
)
_KEPT = (
    # Each begins where a chunk may begin; the letters with which it may begin rule most out at once.
    rf"(?=[\x1b\\^]){_COLOUR}",
    rf"(?=[*hunopdl0-9\[]){_HOST}(?:[:,]\d{{1,5}})?(?=@{_HOST}|[.]?(?:[{_CUTS}]|$))",
    rf"(?=[\dJFMASOND])(?:{_DATE}(?:[T_ :]{_CLOCK})?|{_CLOCK}){_END}",
    r"(?=[eE])(?i:error:)(?:0x)?[0-9A-Fa-f]{8}(?=:)",
    rf"(?=[pP])(?i:port)[\"']?[ ]{{0,2}}[:=#]?[ ]{{0,2}}[\"']?\d{{1,5}}{_END}",
    _NUMBERED,
    r"(?=[sS])(?i:sqlstate)[\"']?[ ]{0,2}[:=(\[]{0,2}[ ]{0,2}[\"']?[0-9A-Z]{5}(?![0-9A-Za-z])",
    r"(?<=\[)(?:0[0-9A-Z]|2[0-9A-Z]|3[0-9D-F]|4[024]|5[3578]|HY|HV|IM|XX|P0|F0)[0-9S][0-9A-Z]{2}(?=\])",
    r"(?=[OTNSKC])(?:ORA|TNS|NZE|SQL|KB|CD)-?\d{3,5}N?(?![A-Za-z0-9])",
)
_SPELT = (
    rf"(?:\\{{1,8}}u[0-9a-fA-F]{{4}}|\\{{1,8}}x[0-9a-fA-F]{{2}}|%[0-9a-fA-F]{{2}}|&#\w{{1,6}};){{4,}}(?:[^{_CUTS}]+)?",
    r"(?<!\w)(?:[^\W_]{1,3}(?:[^\w\n]|_){1,12}){7,400}[^\W_]{1,3}(?!\w)",
)
_CHUNK = rf"(?P<chunk>(?:[^{_CUTS}%&]|(?!{_MARK})(?:{_SIGN}|[^{_CUTS}]))+)"
_PLAIN = f"(?P<keep>{'|'.join(_KEPT)})|(?P<mark>(?=[\\\\%&])(?:{_MARK}))|{_CHUNK}"
_TOKEN = re.compile(f"(?P<spelt>{'|'.join(_SPELT)})|{_PLAIN}")
_TOKEN_INSIDE = re.compile(_PLAIN)
"""What stands between cuts, after what is kept whole; numbered alternatives begin where a chunk may begin."""

_EDGES = "!#$%&*+-.?@^_~"
_HARMLESS_EDGE = re.compile(r"[-.!?*#~+_$@&%^]{0,2}|([-.*#~_+=])\1*|\.{1,3}[!?]?")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_JOINED = re.compile(r"[A-Za-z0-9]+(?:[_.$-][A-Za-z0-9]+)*(?:\(\))?")
_DOTTED = re.compile(r"[A-Za-z_$][A-Za-z_$]*(?:\.[A-Za-z_$<>]+){2,15}")
_VERSION = re.compile(
    r"[vV]?\d{1,3}(?:\.\d{1,5}){1,3}(?:[-+](?:alpha|beta|rc|GA|final|RELEASE|SNAPSHOT|LTS|jre\d{1,2})\.?\d{0,2})?"
)
_QUANTITY = re.compile(
    r"[-+~]?(?:\d{1,4}(?:\.\d{1,3})?(?:ns|us|\u00b5s|s|m|h|d|min|[kKMGT]i?B|B|bits?|x|%|st|nd|rd|th)?|\d{1,6}ms)"
)
_SOCKET = re.compile(r"10[01]\d\d|110[0-3]\d")
"""Errors of Windows Sockets (winsock2.h: 10004 to 11031)."""
_PROTOCOL = re.compile(r"(?:D?TLS|SSL|TDS|HTTP|SMB|tls|ssl|tds|http)[-_]?v?\d(?:[._]\d)?")
_ALGORITHM = re.compile(r"(?:AES|ARIA|CAMELLIA|CHACHA|POLY|SHA|MD|RC|RSA|EC|ED)\d{1,4}", re.IGNORECASE)
_HEX = re.compile(r"0x[0-9A-Fa-f]{1,4}")
_RESULT = re.compile(r"(?:0x)?80(?:0[0-9A-Fa-f]|1[0-3])[0-9A-Fa-f]{4}")
_FAILURE = re.compile(r"(?:[A-Za-z_$]\w*)?(?<=[A-Za-z_$])(?P<kind>Exception|Error)")
_ENDING = re.compile(
    r"(?P<stem>.+)(?P<ending>\.(?:pem|crt|cer|key|pfx|p12|jks|keystore|truststore|der|csr|p7b|p7c|crl|java|kt|scala|cs|vb|py|go|rb"
    r"|[cm]?js|tsx?|cpp|c|h|so|dll|exe|jar|log|json|xml|ya?ml|conf|cnf|ini|properties|txt|sql|ora))",
    re.IGNORECASE,
)
_FRAGMENT = re.compile(r"[^\W_]+")
_SYNTAX = re.compile(
    r"\\[A-Za-z]|\[[^\]]*\](?:\{[\d,]*\}|[*+?])*\??|\(\?P?<?[A-Za-z]*[>:=!]|\{[\d,]*\}|[a-z]\?"
)
_UNIT = re.compile(r"[^\W_]+")
_OCTET = re.compile("[0-9a-fA-F]{2}")
_OCTETS = 8  # numbers or octets in hexadecimal in a row; a date with its time has seven
_SPELLED = 5  # pieces of one letter or byte that are taken for one word
_STEM = 3  # letters of a word of a message by which it is known
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SMALL = 4  # digits of a number that passes
_CACHE = 50_000


class Strict:
    """Replaces in texts whatever is not recognised; a word has the same pseudonym in all of them."""

    def __init__(self) -> None:
        self._known: Vocabulary = vocabulary()
        self._numbers: Counter[str] = Counter()
        self._for: dict[str, str] = {}
        self._judged: dict[str, str] = {}
        self._starts: list[int] = []
        self._hits: list[signatures.Hit] = []
        self.replaced = 0
        """Places at which a pseudonym was put."""

    def hide(self, text: str) -> str:
        """Return the text, in which every line stays, with pseudonyms for all that is not recognised."""
        hits = signatures.search(text)
        self._starts = [hit.start for hit in hits]
        self._hits = hits
        return _TOKEN.sub(self._token, text)

    def _token(self, match: re.Match[str]) -> str:
        kind = match.lastgroup
        text = match[0]
        if kind in {"keep", "mark"}:
            return text
        if kind == "spelt":
            return self._new(text) if self._spells(text) else _TOKEN_INSIDE.sub(self._token, text)
        made = self._judged.get(text)
        if made is None:
            if len(self._judged) >= _CACHE:
                self._judged.clear()
            made = self._judged[text] = self._judge(text)
        if made == text:
            return text
        self.replaced += 1
        return self._within_a_message(match) or made

    def _spells(self, text: str) -> bool:
        """Whether a run of short pieces spells something: letters apart, bytes in hexadecimal or decimal."""
        if text.startswith(("\\", "%", "&")):
            return True
        units = _UNIT.findall(text)
        single = sum(len(unit) == 1 for unit in units)
        strange = sum(not unit.isdigit() and unit.lower() not in self._known.words for unit in units)
        octets = sum(unit.isdigit() or _OCTET.fullmatch(unit) is not None for unit in units)
        return single >= _SPELLED or strange >= _SPELLED or octets >= _OCTETS

    def _within_a_message(self, match: re.Match[str]) -> str | None:
        """Return a word that a known message cuts or spells freely, with what the message says itself; None for others.

        ``approuv`` of a message is known, and so are these letters of ``approuv\u00e9e``; what follows is replaced.
        """
        at = bisect_right(self._starts, match.end()) - 1
        if at < 0 or self._hits[at].end <= match.start():
            return None
        known = _fragments(self._hits[at].signature.id)
        word = match[0]
        folded = signatures.fold(word)
        reached = self._hits[at].end - match.start()
        if 0 < reached < len(word) and known.fullmatch(folded, 0, reached):
            return word[:reached] + self._between(word[reached:])
        pieces: list[str] = []
        stem = done = 0
        for found in known.finditer(folded):
            if len(found[0]) < _STEM and found.start() > 0 and word.isascii():
                continue
            pieces += self._between(word[done : found.start()]), word[slice(*found.span())]
            stem = max(stem, len(found[0]))
            done = found.end()
        if stem < min(_STEM, len(word) // 2) or not pieces:
            return None
        return "".join((*pieces, self._between(word[done:])))

    def _between(self, rest: str) -> str:
        if not rest or (len(rest) < _SMALL and not rest.isascii() and not any(map(str.isascii, rest))):
            return rest
        return "0" * len(rest) if rest.isdigit() else self._new(rest).replace("-", "")

    def _judge(self, chunk: str) -> str:
        if chunk == MASK:
            return chunk
        core = chunk.strip(_EDGES)
        before, _, after = chunk.partition(core) if core else (chunk, "", "")
        if not core:
            return chunk if _HARMLESS_EDGE.fullmatch(chunk) else self._new(chunk)
        plain_edges = _HARMLESS_EDGE.fullmatch(before) and _HARMLESS_EDGE.fullmatch(after)
        if plain_edges and self._passes(core):
            return chunk
        if not plain_edges:
            return self._new(chunk)
        return before + self._replacement(core) + after

    def _replacement(self, core: str) -> str:
        """Return what stands for a word: its pseudonym, with the ending that says what kind of thing it is."""
        if not core.isascii():
            return self._foreign(core)
        failure = _FAILURE.fullmatch(core.rpartition(".")[2])
        if _DOTTED.fullmatch(core):
            parts = core.split(".")
            return ".".join(part if self._identifier(part) else self._type(part) for part in parts)
        if failure:
            return self._type(core)
        ending = _ENDING.fullmatch(core)
        if ending:
            stem = ending["stem"]
            return (stem if self._passes(stem) else self._new(stem)) + ending["ending"]
        return self._new(core)

    def _type(self, name: str) -> str:
        failure = _FAILURE.fullmatch(name)
        made = self._new(name).replace("-", "")
        return made.capitalize() + failure["kind"] if failure else made

    def _foreign(self, core: str) -> str:
        """Keep the known phrases of a script without blanks."""
        pieces: list[str] = []
        done = 0
        for match in self._known.phrases.finditer(core):
            if match.start() > done:
                pieces.append(self._new(core[done : match.start()]))
            pieces.append(match[0])
            done = match.end()
        if done < len(core):
            pieces.append(self._new(core[done:]))
        return "".join(pieces)

    def _passes(self, core: str) -> bool:
        if core.isdigit():
            return core.isascii() and (
                len(core) <= _SMALL
                or core in self._known.numbers
                or _SOCKET.fullmatch(core) is not None
                or _is_result(int(core))
            )
        if len(core) == 1:
            return True
        if core.isalpha():
            return self._word(core)
        return (
            core in self._known.numbers
            or any(shape.fullmatch(core) for shape in (_VERSION, _QUANTITY, _PROTOCOL, _RESULT, _HEX))
            or self._identifier(core)
        )

    def _word(self, word: str) -> bool:
        if word.islower() or word.isupper() or word.istitle() or (word[-1] == "s" and word[:-1].isupper()):
            return self._is_known(word.lower())
        return self._camel(word)

    def _is_known(self, word: str) -> bool:
        return word in self._known.words or (word.endswith("s") and word[:-1] in self._known.words)

    def _camel(self, name: str) -> bool:
        """Whether a name consists of known words by its capitals: ``SSLHandshakeException``."""
        parts = _PARTS.findall(name)
        if name.lower() in self._known.words and _STEM * len(parts) <= len(name):
            return True
        return (
            "".join(parts) == name
            and all(self._is_known(part.lower()) or len(part) == 1 for part in parts)
            and any(len(part) > 1 for part in parts)
        )

    def _identifier(self, name: str) -> bool:
        """Whether a name is put together of known words: ``ERR_TLS_CERT_ALTNAME_INVALID``, ``java.lang.Thread``."""
        if not _JOINED.fullmatch(name):
            return False
        for part in re.split(r"[_.$()-]+", name):
            if not part:
                continue
            if part.isalpha():
                if not (self._word(part) or len(part) == 1):
                    return False
            elif part.isdigit():
                if part not in self._known.words and len(part) > 3:  # noqa: PLR2004 - "256" of a cipher
                    return False
            elif not self._mixed(part):
                return False
        return any(map(str.isalpha, name))

    def _mixed(self, part: str) -> bool:
        """Whether letters with digits are a known name: ``sha256``, ``X509TrustManagerImpl``."""
        lowered = part.lower()
        if (
            _ALGORITHM.fullmatch(part)
            or lowered in self._known.words
            or (lowered[:-1].isalpha() and self._is_known(lowered[:-1]))
        ):
            return True
        pieces = re.findall(
            r"(?:X509|x509|[A-Z]{2,6}\d{1,3}|[A-Z]?[a-z]+\d{1,3})(?![0-9a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+",
            part,
        )
        return "".join(pieces) == part and all(
            self._is_known(piece.lower()) or len(piece) == 1 for piece in pieces
        )

    def _new(self, text: str) -> str:
        """Return the pseudonym of a text; the same text has the same."""
        made = self._for.get(text)
        if made is None:
            if len(self._for) >= MOST:
                return MASK
            kind = "id" if _GUID.fullmatch(text) else "number" if text.isdigit() else "word"
            self._numbers[kind] += 1
            made = self._for[text] = f"{kind}-{self._numbers[kind]}"
        return made


@cache
def _fragments(signature: str) -> re.Pattern[str]:
    """Return the expression of the pieces of words that the patterns of a signature hold."""
    texts = [
        _SYNTAX.sub(" ", pattern.expression) if pattern.expression else pattern.needle.text
        for pattern in signatures.catalogue().patterns
        if pattern.signature.id == signature
    ]
    pieces = {piece for text in texts for piece in _FRAGMENT.findall(text)}
    return re.compile("|".join(map(re.escape, sorted(pieces, key=len, reverse=True))) or "(?!)")


def _is_result(number: int) -> bool:
    """Whether a number is a failure of Windows in decimal (HRESULT, [MS-ERREF] 2.1)."""
    return _RESULT.fullmatch(f"{(1 << 32) - number:08x}") is not None
