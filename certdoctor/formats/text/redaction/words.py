"""The words by which logs name secrets, in the languages that their programs speak."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certdoctor.formats.text.redaction.filling import Vocabulary, lower, matches
from certdoctor.model.lean import dataclass

_STRONG = {
    "palavra": "palavra[ -]passe",
    "motdepasse": "motdepasse",
    "ssw0rd": r"(?<=pa)ssw0rd|(?<=p4)ssw0rd|(?<=p@)ssw0rd",
    "$$w": r"(?<=pa)\$\$w[o0]rd|(?<=p@)\$\$w[o0]rd|(?<=p4)\$\$w[o0]rd",
    "@ssword": "(?<=p)@ssword", "4ssword": "(?<=p)4ssword",
    "pwd": "pwd", "pswd": "pswd", "passwrd": "passwrd",
    "pw": r"(?<![a-z])pw(?![a-z])|(?<=db)pw(?![a-z])|(?<=root)pw(?![a-z])|(?<=bind)pw(?![a-z])|(?<=user)pw(?![a-z])|(?<=admin)pw(?![a-z])",
    "psw": r"(?<![a-z])psw(?:d|rd)?(?![a-z])", "authtok": r"auth_?tok(?![a-z])", "vncpass": "vncpass",
    "sapwd": "sapwd", "pass": r"(?<!ht)pass(?:word|wort|wrd|wd|phrase|code|key|[ _-]phrase|[ _-]word|[ _-]code)s?|(?<=de )passe(?![a-z])",
    "mdp": r"(?<![a-z])mdp(?![a-z])",
    "secret": r"secret(?:[_-]?(?:key|value))?s?", "secr\u00e8te": "secr\u00e8te",
    "credential": "credentials?",
    "kennwort": "kennwort\\w{0,4}", "kennphrase": "kennphrase", "losungswort": "losungswort",
    "geheim": r"geheim(?:nis|wort)?", "zugangsdaten": "zugangsdaten",
    "contrase\u00f1a": "contrase\u00f1as?", "contrasena": "contrasenas?", "contrasinal": "contrasinal", "contrasenya": "contrasenya",
    "clave": r"(?<![a-z])claves?(?: secreta)?(?![a-z])",
    "parola": r"(?<![a-z])parol(?:a|\u0103)(?: d['\u2019]ordine| chiave)?(?![a-z])",
    "segreta": "segreta", "segreto": "segreto", "segredo": "segredo", "senha": r"(?<![a-z])senhas?(?![a-z])",
    "wachtwoord": "wachtwoord(?:en|zin)?", "toegangscode": "toegangscode",
    "has\u0142": "has\u0142(?:o|em|a|u)", "haslo": r"(?<![a-z])hasl(?:o|em)(?![a-z])", "heslo": r"(?<![a-z])hesl(?:o|em)(?![a-z])", "sekret": "sekret",
    "l\u00f6senord": "l\u00f6senord\\w{0,3}", "losenord": "losenord", "passord": "passord", "adgangskode": "adgangskode\\w{0,2}", "kodeord": "kodeord",
    "salasana": "salasana", "jelsz\u00f3": "jelsz\u00f3", "\u015fifre": "\u015fifre\\w{0,3}", "lozinka": "lozink[ae]", "geslo": r"(?<![a-z])geslo(?![a-z])",
    "\u043f\u0430\u0440\u043e\u043b": "\u043f\u0430\u0440\u043e\u043b\\w{0,4}", "\u0441\u0435\u043a\u0440\u0435\u0442": "\u0441\u0435\u043a\u0440\u0435\u0442\\w{0,4}",
    "\u30d1\u30b9\u30ef\u30fc\u30c9": "\u30d1\u30b9\u30ef\u30fc\u30c9", "\u30d1\u30b9\u30d5\u30ec\u30fc\u30ba": "\u30d1\u30b9\u30d5\u30ec\u30fc\u30ba",
    "\u30d1\u30b9\u30b3\u30fc\u30c9": "\u30d1\u30b9\u30b3\u30fc\u30c9", "\u6697\u8a3c": "\u6697\u8a3c(?:\u756a\u53f7)?", "\u5408\u8a00\u8449": "\u5408\u8a00\u8449",
    "\u5bc6\u7801": "\u5bc6\u7801", "\u5bc6\u78bc": "\u5bc6\u78bc", "\u53e3\u4ee4": "\u53e3\u4ee4", "\u5bc6\u94a5": "\u5bc6\u94a5", "\u5bc6\u9470": "\u5bc6\u9470",
    "\u79d8\u5bc6": "\u79d8\u5bc6", "\u901a\u884c\u7801": "\u901a\u884c\u7801", "\u901a\u884c\u78bc": "\u901a\u884c\u78bc",
    "\ube44\ubc00\ubc88\ud638": "\ube44\ubc00\ubc88\ud638", "\uc554\ud638": "\uc554\ud638", "\ud328\uc2a4\uc6cc\ub4dc": "\ud328\uc2a4\uc6cc\ub4dc",
    "\u03ba\u03c9\u03b4\u03b9\u03ba": "\u03ba\u03c9\u03b4\u03b9\u03ba\\w{0,3}", "\u05e1\u05d9\u05e1\u05de": "\u05e1\u05d9\u05e1\u05de\\w{0,2}",
    "\u0643\u0644\u0645\u0629": "\u0643\u0644\u0645\u0629 (?:\u0627\u0644\u0645\u0631\u0648\u0631|\u0627\u0644\u0633\u0631)", "m\u1eadt kh\u1ea9u": "m\u1eadt kh\u1ea9u",
}  # fmt: skip
"""By a literal that stands in it: what names a secret in whatever way the value follows."""

_WEAK = {
    "pass": r"(?<![a-z])pass(?![a-z])",
    "token": "tokens?", "tok": r"(?<![a-z])tok(?![a-z])", "jeton": r"(?<![a-z])jeton(?![a-z])",
    "key": r"keys?(?![a-z])",
    "cookie": r"cookies?", "session": r"session[_-]?(?:id|key|token)?", "connect.sid": r"connect\.sid", "sig": r"(?<![a-z])sig(?![a-z])",
    "otp": r"(?<![a-z])otp(?![a-z])", "pin": r"(?<![a-z])pin(?:[ _-]?code)?(?![a-z])", "assertion": "client_assertion", "verifier": "code_verifier",
    "cred": r"(?<![a-z])creds?(?![a-z])", "psk": r"(?<![a-z])psk(?![a-z])", "auth": r"(?<![a-z])auth(?:orization)?(?![a-z])", "bearer": "bearer", "webhook": "webhook",
    "jwt": r"(?<![a-z])jwt(?![a-z])", "salt": r"(?<![a-z])salt(?![a-z])", "dpop": r"(?<![a-z])dpop(?![a-z])",
    "community": r"community(?: string)?", "basicauth": "basic_?auth",
    "sid": r"(?<![a-z])sid(?![a-z])",
}  # fmt: skip
"""What names a secret only where a value that looks like one follows at once."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word that names a secret."""

    start: int
    end: int
    strong: bool


_KEY_OF = re.compile(
    r"(?:api|access|account|auth|shared|private|encryption|signing|master|license|storage|subscription|functions|preshared"
    r"|symmetric|aes|hmac|decryption|validation|deploy|app|secret|jwt|session|client|recovery|unlock|passw\w{0,4}|transport|service|pragma)[ _-]?$"
)
_COMPILED = [
    (literal, (re.compile(pattern), strong))
    for patterns, strong in ((_STRONG, True), (_WEAK, False))
    for literal, pattern in patterns.items()
]


def secret_words(text: str, words: Vocabulary) -> Iterator[Word]:
    """Yield the words that name secrets, in order."""
    lowered = lower(text)
    found = [
        (match.start(), -match.end(), strong)
        for literal, (pattern, strong) in words.present(_COMPILED)
        for match in matches(pattern, literal, lowered)
    ]
    done = 0
    for start, end, strong in sorted(found):
        if start < done or (
            not strong
            and lowered.startswith("key", start)
            and not _KEY_OF.search(lowered[max(0, start - 13) : start])
        ):
            continue
        done = -end
        yield Word(start, done, strong)
