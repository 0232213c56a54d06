"""Secrets that are named and then told, whatever stands between: prose, tables, XML, YAML, lists, other languages.

A word that names secrets is followed by marks and perhaps a verb, then by the value. How sure the link is decides
what counts as a value: anything that is no plain word after ``:``, ``=``, ``->`` or "is", otherwise what is quoted or
looks like a secret. Near a strong word, whatever looks like a secret is taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from certdoctor.formats.text.redaction.filling import FILLER, Line, Span, Vocabulary
from certdoctor.formats.text.redaction.harmless import (
    harmless,
    known_shape,
    named_as_hash,
    plain_words,
    secretive,
)
from certdoctor.formats.text.redaction.values import EMPTY, quoted_value
from certdoctor.formats.text.redaction.words import Word, secret_words

_MASKED = re.compile(FILLER + r"++|\*{3}")
_SUFFIX = re.compile(r"[A-Za-z0-9_]{0,32}+(?:[.-][A-Za-z0-9_]{1,24}){0,3}")
_OTHER_NAME = re.compile(
    r"file|path|polic|length|min|max|expir|require|prompt|field|type|format|encod|name|count|history|manager|provider"
    r"|service|valid|reset|auth|callback|less|protect|verif|mode|grace|attempt|err|exc|fail|store|url|endpoint|version|hint|label|set$|id$|in$|age$",
    re.IGNORECASE,
)
"""``password_file``, ``passwordExpired``: names of something else."""
_STEPS = (
    r"(?:[ \t\x1f\"'`\\:=>|,.()\[\]{}~;?\-]|(?!\*\*\*)\*|</?[\w:.-]{1,40}+(?:\s[^<>\n]{0,120}+)?/?>|<(?:!\[CDATA\[)?"
    r"|![a-z]{1,20}+(?=[ \t])|&[a-z]\w{0,20}+(?=[ \t])|[bnNru](?=['\"]))*"
)
_LINK = (
    r"(?:is|was|are|were|ist|war|lautet|est|es|era|\u00e9|\u00e8|jest|to|\u044d\u0442\u043e|value|val|set to|changed to|used|given|provided|supplied|entered|received|tried|rejected|equals|="
    r"|type|secret|string|text|data|content|default|raw|user)(?![A-Za-z])|[\u306f\u304c\u662f\u4e3a\u70ba\uc740\ub294\uc774\uac00\ub97c\uc744]"
)
_CONNECTOR = re.compile(rf"{_STEPS}(?:(?:{_LINK}){_STEPS}){{0,4}}")
_SAID = re.compile(r"[:=>]|(?<![A-Za-z])(?:is|was|to)(?![A-Za-z])")
_SAID_ABROAD = re.compile(r"(?<![A-Za-z])(?:ist|war|lautet|est|es|era|jest)(?![A-Za-z])|[^\x00-\x7f]")
_USER_TOLD = re.compile(
    r"(?:user(?:name)?|login|account|benutzer|utilisateur|usuario|usu\u00e1rio|utilizador|utente|gebruiker|u\u017cytkownik|\u7528\u6237\u540d?"
    r"|\uc0ac\uc6a9\uc790|\u30e6\u30fc\u30b6\u30fc|\u043f\u043e\u043b\u044c\u0437\u043e\u0432\u0430\u0442\u0435\u043b\u044c)[ \t=:]{1,3}[\w.@\\'\"-]{1,40}[ \t,;/]{1,3}(?:[a-z]{2,8} )?$",
    re.IGNORECASE,
)
"""``user sa,`` before the word for its password: what follows is that."""
_SAID_LATER = re.compile(
    r"(?:[ \t]?[^\W\d_]{1,20}){1,3}[ \t]?(?:[:=\uff1a][ \t]{0,4}|(?<=[ \t])(?:is|be|ist|lautet|est|es)[ \t]{1,4})[\"'\u201e\u201c\u00ab]?(?P<value>[^\s\"']{6,128})[\"']?[ \t\r]*(?:$|[-(]|and |from )"
)
"""``contrase\u00f1a temporal: x``: other words of the name, then the value, alone."""
_CLOSED = re.compile(r"[\"'`]\s*[\]}]\s*,|^[\"'][,\]}]*\s*$")
_OBJECT = re.compile(
    r"s?[ \t]{1,2}[\"'][\w.-]{1,253}[\"'][ \t]{1,4}(?:not found|already exists|is forbidden|in namespace)"
)
"""What Kubernetes says of an object of this kind."""
_NUMBER = re.compile(r"0x[0-9a-fA-F]{1,20}|[\d_:,.-]{1,40}|@[0-9a-f]{5,8}")
"""A number of a session, or an address in memory."""
_IS_KEY = re.compile(r"\\*[\"']\s{0,4}:")
_TOKEN = re.compile(r"[^\s\"'<>|" + FILLER + "]+")
_NEAR = 160  # characters of its line that a strong word watches over
_NEAR_TOKEN = re.compile(r"[^\s,;|\"'`<>" + FILLER + "]+")
_USED_AS = re.compile(
    r"(?:use|using|with|try|trying|set|enter|type|take|provide)[ \t]{1,4}[\"'`]?(?P<value>[^\s\"'`]{4,128})[\"'`]?[ \t]{1,4}as[ \t]{1,4}(?:[a-z]{1,12}[ \t]{1,4}){0,4}$",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"(?P<value>\S{4,128}?)[\"'`]?[ \t]{1,8}(?:is|was|as)[ \t]{1,8}(?:(?:the|my|your|our|a|his|her|their|db|new|old|sa|user|root|admin)[ \t]{1,8}){0,3}$"
)
_ATTRIBUTE = re.compile(r"(?<![A-Za-z])[vV]alue\\*[\"']?\s{0,4}[=:]\s{0,4}(?=\\*[\"'])")
_NAMED = re.compile(
    r"(?:name|key|id|property|field|param)\\*[\"']?\s{0,4}[=:]\s{0,4}\\*[\"'][\w.:-]{0,40}$", re.IGNORECASE
)
_BLOCK = re.compile(r"[ \t]*:[ \t]*(?:![\w!]+[ \t]+)?[|>][-+0-9]{0,3}[ \t]*(?:#.*)?$")
_LINES = 100  # of a block
_STAMP = re.compile(
    r"(?:[\[(]?\d[\d:.,/TZ+ -]{4,30}[\])]?[ \t]+)?(?:[\[(]?(?i:info|debug|trace|warn|warning|error)[\])]?:?[ \t]+)?"
)
_VALUE_LINE = re.compile(
    r"(?:[ \t>|-]*\\?[\"']?(?i:value|val|data|content|string|text)[\"']?[ \t]*[:=][ \t]*|[ \t]*:[ \t]+|[ \t]*<(?!/)[^<>\n]{1,80}>)(?P<value>[^\s<][^<\n]*)"
)
_ITEM = re.compile(r"[ \t]*(?:- )?[\"']?(?P<value>[^\s\"':=]+)[\"']?,?[ \t]*$")
_ONE_WORD = re.compile(r"[\"']?(?P<value>[^\s<]{1,400}?)[\"',;]{0,8}[ \t]*+(?:</[^\n]*)?$")
_ESCAPED_END = re.compile(r"(?<=\w)\\+[nrt]")
_KEYED = re.compile(r"[\"']?[\w.-]{1,60}[\"']?[:=](?!=)|[\[{}\]]")


def mentions(text: str, words: Vocabulary) -> Iterator[Span]:
    """Yield the values that follow, or stand near, words that name secrets."""
    spans: list[Span] = []
    line = Line(text)
    done = 0
    named = list(secret_words(text, words))
    for number, word in enumerate(named):
        if word.start < done:
            continue
        line.move(word.start)
        suffix = _SUFFIX.match(text, word.end, line.end)
        end = suffix.end() if suffix else word.end
        if not _names_a_secret(text, word, end) or _OBJECT.match(text, end, line.end):
            continue
        following = named[number + 1].start if number + 1 < len(named) else len(text)
        for span in _around(text, word, end, line, following):
            spans.append(span)
            done = max(done, span[1])
    yield from sorted(spans)


def _names_a_secret(text: str, word: Word, end: int) -> bool:
    rest = text[word.end : end]
    if not rest:
        return True
    # "secretary", "tokenizer"
    if rest[0].islower() and (text[word.start].islower() or text[word.end - 1].islower()):
        return False
    return word.strong and _OTHER_NAME.search(rest) is None


def _around(text: str, word: Word, end: int, line: Line, following: int) -> Iterator[Span]:
    if _BLOCK.match(text, end, line.end):
        yield from _below(text, end, line)
        return
    connector = _CONNECTOR.match(text, end, min(line.end, end + 4 * _NEAR))
    start = connector.end() if connector else end
    masked = _MASKED.match(text, start, line.end)
    if masked:
        start = masked.end()
    elif start < line.end:
        value = _value(text, word, (end, start), line)
        if value is not None:
            yield value
        start = end if value is None else value[1]
    elif start >= line.end:
        yield from _below(text, end, line)
    later = word.strong and _SAID_LATER.match(text, start, min(line.end, end + _NEAR))
    if later and not harmless(later["value"]) and not later["value"].isalpha():
        yield later.span("value")
        start = later.end()
    if word.strong:
        yield from _near(text, start, min(line.end, end + _NEAR, max(following, start)))
        yield from _behind(text, word, line)


def _value(text: str, word: Word, link: Span, line: Line) -> Span | None:
    connector = text[slice(*link)]
    start = link[1]
    mark = connector[-1:]
    if _CLOSED.search(connector) and (text[word.end - 1].isascii() or len(connector) > 1):
        return None
    said = _SAID.search(connector) is not None
    said_abroad = _SAID_ABROAD.search(connector) is not None
    quoted = mark in {'"', "'", "`"} and mark != ""
    opened = start - 1
    if quoted:
        slashes = len(connector[:-1]) - len(connector[:-1].rstrip("\\"))
        span = quoted_value(text, opened - slashes, line.end)
        # The quote of `"password" of` closes the name; it opens nothing.
        if span is not None and len(connector) == 1 + slashes and not text[start : start + 1].strip():
            return None
    elif (mark == "[" and connector.endswith("CDATA[")) or (
        mark == ">" and "<" in text[max(line.start, link[0] - 200) : start]
    ):
        stop = text.find("<", start, line.end)
        span = start, stop if stop >= 0 else line.end
    else:
        token = _TOKEN.match(text, start, line.end)
        span = None
        if token:
            span = start, start + max(1, len(token[0].rstrip(").,;]}")))
    if span is None or span[0] >= span[1]:
        return None
    value = text[slice(*span)]
    if quoted and _IS_KEY.match(text, span[1]):  # '["password"], "excerpt": '
        return None
    if not said and not value.isalpha():
        before = text[max(line.start, word.start - 60) : word.start]
        said = said_abroad or (word.strong and _USER_TOLD.search(before) is not None)
    return span if _is_one(value, text, span[0], word=word, said=said, quoted=quoted) else None


def _is_one(value: str, text: str, start: int, *, word: Word, said: bool, quoted: bool) -> bool:
    if (
        not value.strip(FILLER + "* ")
        or value.lower() in EMPTY
        or plain_words(_ESCAPED_END.split(value, 1)[0])
    ):
        return False
    if named_as_hash(text[max(0, start - 40) : start]):
        return False
    if not word.strong:
        # No word has sixteen letters.
        return not (known_shape(value) or _NUMBER.fullmatch(value)) and (
            (secretive(value) and (said or len(value) >= 10)) or (said and len(value) >= 16)  # noqa: PLR2004 - as above
        )
    if said or quoted:
        return said or not known_shape(value)
    return secretive(value)


def _near(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the words that look like secrets."""
    for token in _NEAR_TOKEN.finditer(text, start, end):
        at, stop = token.span()
        while (
            stop < len(text) and stop - at < 4 * _NEAR and text[stop] not in " \t\n\r\x1f,;|\"'`<>" + FILLER
        ):
            stop += 1
        word = text[at:stop]
        equals = word.rfind("=", 0, len(word) - 2)
        if equals > 0 and word[:equals].replace("_", "").replace(".", "").isalpha():
            continue
        if secretive(word) and not _NUMBER.fullmatch(word) and not named_as_hash(text[max(0, at - 40) : at]):
            yield at, stop


def _behind(text: str, word: Word, line: Line) -> Iterator[Span]:
    """Find ``'x' is the password``, and the value attribute before a name."""
    before = text[max(line.start, word.start - 240) : word.start]
    offset = word.start - len(before)
    told = (
        _BEHIND.search(before[-100:])
        if any(verb in before[-30:] for verb in (" is ", " was ", " as "))
        else None
    )
    used = _USED_AS.search(before[-180:]) if " as " in before[-60:] else None
    if used and not plain_words(used["value"]):
        shift = offset + len(before) - len(before[-180:])
        yield used.start("value") + shift, used.end("value") + shift
    elif told and not harmless(told["value"]) and (secretive(told["value"]) or told["value"][0] in "\"'`"):
        shift = offset + len(before) - len(before[-100:])
        yield told.start("value") + shift, told.end("value") + shift
    if any(quote in before[-42:] for quote in "\"'") and _NAMED.search(before[-80:]):
        opening = max(before.rfind("<"), before.rfind("{"))
        for attribute in _ATTRIBUTE.finditer(text, offset + max(opening, 0), word.start):
            span = quoted_value(text, attribute.end(), word.start)
            if span is not None:
                yield span


def _below(text: str, end: int, line: Line) -> Iterator[Span]:
    """Find the value on the lines below a name."""
    start = line.end + 1
    if start >= len(text):
        return
    rest = text[end : line.end]
    if _BLOCK.match(rest):
        yield from _block(text, line, start)
        return
    stop = text.find("\n", start)
    stop = stop if stop >= 0 else len(text)
    told = _VALUE_LINE.match(text, start, stop)
    if told:
        value = told["value"].strip(" \t\"'\r,")
        if value and value.lower() not in EMPTY and not plain_words(value):
            yield told.span("value")
        return
    item = _ITEM.match(text, start, stop)
    if item and secretive(item["value"]):
        yield item.span("value")
    if not any(mark in rest for mark in ":=>\\"):
        return
    stamp = _STAMP.match(text, start, stop)
    at = stamp.end() if stamp else start
    while at < stop and text[at] in " \t>|":
        at += 1
    one = _ONE_WORD.match(text, at, stop)
    first_word = _NEAR_TOKEN.match(text, at, stop)
    if one is None and first_word and secretive(first_word[0]):
        yield first_word.span()
    elif (
        one
        and not _KEYED.match(text, at, stop)
        and not harmless(one["value"])
        and one["value"].lower() not in EMPTY
    ):
        yield one.span("value")


def _block(text: str, line: Line, start: int) -> Iterator[Span]:
    head = text[line.start : line.end]
    depth = len(head) - len(head.lstrip(" \t-"))
    for _ in range(_LINES):
        stop = text.find("\n", start)
        stop = stop if stop >= 0 else len(text)
        body = text[start:stop]
        if body.strip() and len(body) - len(body.lstrip(" \t")) <= depth:
            return
        yield start + len(body) - len(body.lstrip(" \t")), stop
        start = stop + 1
        if start >= len(text):
            return
