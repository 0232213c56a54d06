"""Names of languages, and which one a text is in, told by its script and by the small words of a language.

A language is only named when several of its words occur: a log is full of names, paths and English words.
"""

from __future__ import annotations

import re

NAMES = {
    "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "es": "Spanish", "fi": "Finnish",
    "fr": "French", "hu": "Hungarian", "it": "Italian", "ja": "Japanese", "ka": "Georgian", "ko": "Korean",
    "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sr": "Serbian",
    "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh-Hans": "Chinese (simplified)",
    "zh-Hant": "Chinese (traditional)",
}  # fmt: skip
"""By the codes of BCP 47."""

_SCRIPTS = (
    ("ja", (("\u3041", "\u309f"), ("\u30a1", "\u30fa"))),
    ("ko", (("\uac00", "\ud7af"),)),
    ("el", (("\u0370", "\u03ff"),)),
    ("ka", (("\u10a0", "\u10ff"),)),
)
_HAN = (("\u4e00", "\u9fff"),)
_CYRILLIC = (("\u0400", "\u04ff"),)
_SIMPLIFIED = frozenset("书证连错误务户无发链这时间为应该请选测试环颁机构与远关认")
_TRADITIONAL = frozenset("書證連錯誤務戶無發鏈這時間為應該請選測試環頒機構與遠關認憑")
_LEAST_LETTERS = 3
"""Letters of a script by which it is known: one may stand in a name."""
_WORD = re.compile(r"[^\W\d_]+")
_SMALL = {
    "cs": "se je na že byl byla nelze chyba připojení serveru není při pro spojení k který",
    "da": "er ikke og det en af til kunne forbindelse fejl der på blev",
    "de": "der die das und ist nicht wurde eine einer mit von für konnte werden verbindung fehler bei zu dem auf",
    "es": "el la los las de que no se una un por con para conexión error del es ha en servidor al",
    "fi": "ei on ja ole yhteys virhe palvelin voitu että epäonnistui",
    "fr": "le la les des de du une un est pas que par pour avec connexion erreur dans été serveur ne au n'a",
    "hu": "a az nem és hiba kapcsolat kiszolgáló egy volt megbízható",
    "it": "il la le di che non una un per con è del della connessione errore stato impossibile al",
    "nl": "de het een is niet van en voor met op verbinding fout kan worden server",
    "pl": "nie się jest na do z w połączenia przez został że błąd dla serwera połączenie który",
    "pt": "o a os as de que não uma um por com para conexão erro foi do da é ao servidor no",
    "ro": "nu este de și la un o eroare conexiune pentru cu serverul",
    "sv": "och är inte det en av till kunde anslutning fel som för har",
    "tr": "bir ve ile için bu bağlantı hata sunucu değil olarak kurulamadı başarısız oldu tarafından",
    "vi": "không và của là được kết nối lỗi máy chủ",
}
_SMALL_CYRILLIC = {
    "bg": "не се на и да за грешка е връзка сървър от",
    "ru": "не на в и с для ошибка подключение соединение сервер сертификат удалось по был",
    "sr": "није на и за грешка веза сервер се је од",
    "uk": "не на в і з для помилка підключення зєднання сервер сертифікат вдалося до був",
}
_UKRAINIAN = frozenset("іїєґ")
_SETS = {code: frozenset(words.split()) for code, words in _SMALL.items()}
_CYRILLIC_SETS = {code: frozenset(words.split()) for code, words in _SMALL_CYRILLIC.items()}
_ENGLISH = frozenset(
    {
        "the", "is", "not", "to", "of", "and", "a", "an", "for", "in", "on", "with", "was", "by", "could", "error",
        "connection", "server", "failed", "unable", "cannot", "from", "be", "no",
    }
)  # fmt: skip
_LEAST = 3


def of(text: str) -> str | None:
    """Return the code of the language that a text is in; None for English, and where it cannot be told."""
    if text.isascii():
        return _of_latin(text)
    for code, script in _SCRIPTS:
        if len(_letters(text, script)) >= _LEAST_LETTERS:
            return code
    han = _letters(text, _HAN)
    if len(han) >= _LEAST_LETTERS:
        traditional = sum(one in _TRADITIONAL and one not in _SIMPLIFIED for one in han)
        simplified = sum(one in _SIMPLIFIED and one not in _TRADITIONAL for one in han)
        return "zh-Hant" if traditional > simplified else "zh-Hans"
    if len(_letters(text, _CYRILLIC)) >= _LEAST_LETTERS:
        lowered = text.lower()
        if not _UKRAINIAN.isdisjoint(lowered):
            return "uk"
        return _likeliest(lowered, _CYRILLIC_SETS, least=1) or "ru"
    return _of_latin(text)


def _letters(text: str, ranges: tuple[tuple[str, str], ...]) -> list[str]:
    return [one for one in text if any(first <= one <= last for first, last in ranges)]


def _of_latin(text: str) -> str | None:
    found = [word for word in _WORD.findall(text.lower()) if len(word) > 1 or word in "aeoàéwz"]
    best = _likeliest(text.lower(), _SETS, least=_LEAST)
    if best is None:
        return None
    english = sum(word in _ENGLISH for word in found)
    return best if sum(word in _SETS[best] for word in found) > english else None


def _likeliest(lowered: str, sets: dict[str, frozenset[str]], *, least: int) -> str | None:
    found = set(_WORD.findall(lowered))
    best = max(sets, key=lambda code: len(sets[code] & found))
    return best if len(sets[best] & found) >= least else None
