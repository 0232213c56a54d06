"""Messages in other languages: found by their templates, read by their English, named by their language."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from certdoctor.data import load
from certdoctor.logs import prefilter, signatures
from certdoctor.logs.reading import parse
from certdoctor.logs.stream import LogReader
from certdoctor.logs.translations import keys, languages, templates
from certdoctor.model.log import LogEvent

PLACE = re.compile(r"\{(\d+)\}")
FORMS = [
    (message["english"], language, text)
    for message in load("translations")["messages"]
    for language, texts in message["texts"].items()
    for text in texts
]
KEYED = {
    key.template
    for ones in templates.keyed(templates.compiled(load("translations"))).values()
    for key in ones
}


def filled(text: str) -> str:
    """Fill the places of a message, as a program does."""
    return PLACE.sub(lambda match: f"value{match[1]}", text)


def events(text: str) -> tuple[LogEvent, ...]:
    """Read a text as a log."""
    return parse(text.encode(), path="x.log").events


def test_every_language_has_a_name() -> None:
    """A report names it."""
    assert {language for _, language, _ in FORMS} <= languages.NAMES.keys()


def test_every_source_stands_in_the_notice() -> None:
    """Its licence asks for it."""
    notice = " ".join((Path(__file__).parents[2] / "NOTICE").read_text(encoding="utf-8").split())
    for source in load("translations")["sources"]:
        if source["id"] != "observed":
            for holder in source["copyright"].split("; "):
                assert holder.removesuffix(" All rights reserved.").rstrip(".") in notice


def test_every_translation_with_a_word_of_its_own_is_found() -> None:
    """With its places filled, between other words of a line."""
    lost: list[str] = []
    for english, language, text in FORMS:
        if templates.template(english, language, text) in KEYED:
            found = templates.find(f"2026-11-24 09:00:00 x: {filled(text)}\n")
            if not any(PLACE.sub("", english).strip(" .:")[:8] in one.english for one in found):
                lost.append(f"{language}: {text}")
    assert len(lost) <= len(FORMS) // 100, lost


def test_the_words_to_look_for_are_those_of_the_table() -> None:
    """Both files are written together."""
    assert keys.known_keys() == templates.keyed(templates.compiled(load("translations"))).keys()


def test_a_text_without_keys_needs_no_table() -> None:
    """English logs are most logs."""
    assert not keys.may_hold("Failed to connect to sql01:1433 - unable to get local issuer certificate\n" * 3)
    assert keys.may_hold("psql: Fehler: Passwort-Authentifizierung fehlgeschlagen")


@pytest.mark.parametrize(
    ("text", "language", "cause", "english"),
    [
        (
            (
                "psql: Fehler: Verbindung zum Server auf »db01.corp.example« (192.0.2.5), Port 5432 fehlgeschlagen: "
                "Server-Zertifikat für »a.example« stimmt nicht mit dem Hostnamen »db01.corp.example« überein"
            ),
            "de",
            "hostname-mismatch",
            'server certificate for "a.example" does not match host name "db01.corp.example"',
        ),
        (
            (
                'psql: ошибка: подключиться к серверу "db" (192.0.2.5), порту 5432 не удалось: ВАЖНО:  пользователь "u" '
                "не прошёл проверку подлинности (по паролю)"
            ),
            "ru",
            "authentication-failed",
            'connection to server at "db" (192.0.2.5), port 5432 failed: ВАЖНО: password authentication failed',
        ),
        (
            (
                "SQLServerException: 驱动程序无法通过使用安全套接字层(SSL)加密与 SQL Server 建立安全连接。错误:"
                "“PKIX path building failed: unable to find valid certification path to requested target”。"
            ),
            "zh-Hans",
            "missing-issuer",
            "The driver could not establish a secure connection to SQL Server",
        ),
        (
            (
                "(Anbieter: SSL-Anbieter, Fehler: 0 - Die Zertifikatkette wurde von einer nicht vertrauenswürdigen "
                "Zertifizierungsstelle ausgestellt.)"
            ),
            "de",
            "missing-issuer",
            "The certificate chain was issued by an authority that is not trusted.",
        ),
    ],
)
def test_frame_and_reason_are_read_together(text: str, language: str, cause: str, english: str) -> None:
    """The inner reason decides the cause, in whatever frame and language it stands."""
    (event,) = events(text)
    assert (event.language, event.cause) == (language, cause)
    assert event.english is not None
    assert english in event.english


def test_an_ssl_frame_with_unknown_words_is_a_refused_certificate() -> None:
    """Error 0 of SqlClient's SSL provider is what Schannel says of a certificate."""
    (event,) = events("(poskytovatel: Zprostředkovatel SSL, chyba: 0 - Něco, co nikdo nezná.)")
    assert event.cause == "validation-failed"
    assert "missing-issuer" in event.also


def test_a_wrapped_message_is_found() -> None:
    """A mail or a console breaks it at any blank."""
    text = "psql: Fehler: FATAL:  Passwort-Authentifizierung für\n   Benutzer »scott« fehlgeschlagen"
    assert [event.cause for event in events(text)] == ["authentication-failed"]


def test_no_secret_gets_into_the_english() -> None:
    """What a program fills in is masked as in the text itself."""
    (event,) = events(
        "psql: Fehler: Verbindung zum Server auf »postgres://scott:tiger1234@db/x« (192.0.2.5), Port 5432 fehlgeschlagen: "
        "Verbindungsaufbau abgelehnt"
    )
    assert event.english is not None
    assert "tiger1234" not in event.english + event.text


def test_a_large_log_is_searched_for_them() -> None:
    """The search for places knows the words, whichever engine does it."""
    noise = b"2026-11-24 09:00:00 INFO GET /health 200\n" * 60_000
    line = 'FATAL: не удалось загрузить сертификат сервера "/x.crt": нет\n'.encode()
    reader = LogReader(path="x.log", finder=prefilter.plain_finder)
    reader.feed(noise + line + noise)
    assert [event.cause for event in reader.facts().events] == ["server-cert-not-loaded"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Failed to connect to sql01:1433 - unable to get local issuer certificate", None),
        ("La connexion au serveur a échoué : une erreur est survenue pour le client", "fr"),
        ("Die Verbindung wurde nicht hergestellt: Fehler bei der Anmeldung", "de"),
        ("接続に失敗しました", "ja"),
        ("연결할 수 없습니다", "ko"),
        ("無法建立連線:憑證無效", "zh-Hant"),
        ("无法建立连接:证书无效", "zh-Hans"),
        ("не вдалося встановити з'єднання", "uk"),
        ("не удалось установить соединение", "ru"),
        ("C:\\Users\\José\\cert.pem: No such file or directory", None),
    ],
)
def test_a_language_is_told_by_script_and_small_words(text: str, language: str | None) -> None:
    """One name with an accent makes no language."""
    assert languages.of(text) == language


def test_the_english_of_every_message_is_known_to_the_signatures_or_only_a_part() -> None:
    """A message that means nothing to them would be translated for nothing."""
    known: list[dict[str, Any]] = [
        message
        for message in load("translations")["messages"]
        if signatures.search(filled(message["english"]))
    ]
    assert len(known) > len(load("translations")["messages"]) * 2 // 3
