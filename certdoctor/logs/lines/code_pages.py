"""In which code page a log is written that is neither UTF-8 nor UTF-16: the one in which its words look like words.

Windows programs write in the code page of their system, command lines in that of the console. Each candidate is scored
by the characters into which it turns the bytes that are not ASCII: frequent ones of its languages speak for it; signs,
rare characters and capitals within words speak against it. Only the first 64 KiB of lines with such bytes are looked at.
"""

# ruff: noqa: RUF001 - letters that look like others are what this is about

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

_SAMPLE = 64 << 10  # bytes
_OTHERWISE = "cp1252"  # Windows programs mean this by Latin-1; a superset of its printable part

_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ"
_KANA = "".join(map(chr, (*range(0x3041, 0x3094), *range(0x30A1, 0x30F7)))) + "ー、。・"
# Frequent characters of the messages in data/translations.json.
_KANJI = "証続認失敗接書明間暗号鍵密確有効無名取得要求検期定化不正可能"
_HANGUL = "인다니이습서을하에지스가수는증사버연결없로했용일트를한할되호자실음의패않시정파기오그제안대성화류전간었있설원만라확못유름거고동생요과키드발암보"
_HANZI = "证的接连无用时法服务器书不户失败在文录为主验超错登或件名能机是到程建误认间协加与过安全密版本支置已配应端持私钥序使立上实例请可议因未此但取行称要成中发生于匹试了响正设层检始由任受信颁机构链"
_HANZI_TRADITIONAL = "的證連無用法時服伺器使憑線驗不失敗接者定入在錯誤主檔登或行名是通發執體稱機為訊逾建生取個協間端密能支援版本設立有應回私鑰程安全已成未可到但式前過加請嘗試因限要這確與資超案始上效"
_WESTERN = "äöüßéèêàâçîïôûùñáíóúãõåæœ¿¡"

_FREQUENT = {
    "cp1251": _CYRILLIC,
    "cp866": _CYRILLIC,
    "cp932": _KANA + _KANJI,
    "cp949": _HANGUL,
    "gb18030": _HANZI + "，。：（）“”、",
    "cp950": _HANZI_TRADITIONAL + "，。：（）「」、",
    "cp1252": _WESTERN + "’«»",
    "cp850": _WESTERN + "«»",
    "cp1250": "ąćęłńóśźżáčďéěíňřšťúůýžäöüß",
    "cp1254": "çğıöşüâîû",
    "cp1253": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώ",
}
"""Code pages, those with more than one byte a character first among equals, and the frequent characters of their languages."""
_WIDE = _KANA + _KANJI + _HANGUL + _HANZI + _HANZI_TRADITIONAL
"""Those of UTF-16 without a mark, and without the zeros that blanks and digits bring along."""
_RARE, _STRANGE = -0.5, -1.5


def guessed(data: bytes) -> str:
    """Return the name of the code page of a text that is not in UTF-8; cp1252 where nothing speaks for another.

    A text in UTF-16 that has neither a mark nor blanks, digits or line ends is told here too.
    """
    sample = b"\n".join(_lines(data))
    scores = {
        name: _score(sample.decode(name, errors="replace"), letters) for name, letters in _FREQUENT.items()
    }
    if len(data) % 2 == 0:
        for name in ("utf-16-le", "utf-16-be"):
            scores[name] = _score(data[:_SAMPLE].decode(name, errors="replace"), _WIDE)
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] > scores[_OTHERWISE] else _OTHERWISE


def _lines(data: bytes) -> Iterator[bytes]:
    """Yield lines with bytes that are not ASCII, up to the size of the sample; a long one from its beginning."""
    size = 0
    for line in data[: 64 * _SAMPLE].splitlines():
        if not line.isascii():
            yield line[:_SAMPLE]
            size += len(line)
            if size > _SAMPLE:
                return


def _score(text: str, letters: str) -> float:
    """Return how much its characters look like words, from 1 down; 0 for a text in ASCII."""
    frequent = frozenset(letters)
    pairs = Counter(zip(" " + text, text, strict=False))
    total = sum(times for (_, one), times in pairs.items() if not one.isascii())
    return sum(_weight(*pair, frequent) * times for pair, times in pairs.items()) / max(1, total)


def _weight(before: str, one: str, frequent: frozenset[str]) -> float:
    """Return what a character after another says for its code page."""
    if one.isascii():
        return _STRANGE if one.isalpha() and _is_of_another_alphabet(before) else 0.0
    mixed = before.isascii() and before.isalpha() and _is_of_another_alphabet(one)
    nobodys = (
        one == "\ufffd"
        or "\x80" <= one < "\xa0"
        or "\uff61" <= one <= "\uff9f"
        or "\ue000" <= one <= "\uf8ff"
    )
    if mixed or nobodys:  # controls, half-width kana, private characters
        return 2 * _STRANGE
    if one in frequent:
        # Two accented letters in a row are rare in Latin script, and the rule where it is none.
        return _RARE if _is_accented(one) and _is_accented(before) else 1.0
    if one.lower() in frequent:
        return _STRANGE if before.islower() else 0.8
    return _of_a_rare_one(before, one)


def _of_a_rare_one(before: str, one: str) -> float:
    if one.isalpha():
        return _RARE if one.lower() == one.upper() else 2 * _RARE
    return _STRANGE if before.isalpha() else _RARE


def _is_of_another_alphabet(one: str) -> bool:
    """Whether it is a letter of Greek or Cyrillic, which no word mixes with Latin ones."""
    return "\u0370" <= one <= "\u052f" and one.isalpha()


def _is_accented(one: str) -> bool:
    """Whether it is a letter of Latin script that ASCII does not have."""
    return "\u00c0" <= one <= "\u024f"
