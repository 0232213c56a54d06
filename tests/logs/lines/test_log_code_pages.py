"""A log in none of Unicode's encodings is read in the code page in which its words are words, and says so."""

from __future__ import annotations

import pytest

from certdoctor.logs.lines.text import decode
from certdoctor.logs.reading import parse
from certdoctor.logs.stream import LogReader

# ruff: noqa: RUF001 - the letters of other scripts are the subject
WORDS = {
    "Ошибка сети при установлении соединения: сервер не найден или недоступен": ("cp1251", "cp866"),
    "нет записи": ("cp1251", "cp866"),
    "ネットワーク関連またはインスタンス固有のエラーが発生しました": ("cp932",),
    "네트워크 관련 또는 인스턴스별 오류가 발생했습니다": ("cp949",),
    "建立连接时出现与网络相关的或特定于实例的错误": ("gb18030",),
    "已成功與伺服器建立連線，但是在登入過程中發生錯誤。": ("cp950",),
    "Die Überprüfung ist fehlgeschlagen, größere Störung": ("cp1252", "cp850"),
    "Connexion refusée: le délai a été dépassé": ("cp1252", "cp850"),
    "El certificado caducó ayer, contraseña incorrecta": ("cp1252", "cp850"),
    "Nie można ustanowić połączenia, ponieważ certyfikat wygasł": ("cp1250",),
    "Řetěz certifikátů vydala nedůvěryhodná autorita": ("cp1250",),
    "Sunucuya bağlanılamadı: sertifikanın süresi dolmuş": ("cp1254",),
    "Αποτυχία σύνδεσης με τον διακομιστή": ("cp1253",),
}
PLAIN = "2026-11-24 09:00:01 INFO [main] listening on 0.0.0.0:8080\r\n"


@pytest.mark.parametrize(
    ("words", "page"),
    [(words, page) for words, pages in WORDS.items() for page in (*pages, "utf-8", "utf-16-le", "utf-16-be")],
)
def test_words_come_back(words: str, page: str) -> None:
    """In a line of their own, and behind lines in ASCII."""
    for text in (words, 3 * PLAIN + words, f"{PLAIN}{words}\r\n{PLAIN}"):
        assert decode(text.encode(page)) == text


def test_the_code_page_is_told() -> None:
    """At the first failure, of a log that is read whole and of one that is read in pieces; not of UTF-8."""
    text = "2026-11-24 09:00:01 Ошибка подключения: certificate has expired\n"
    log = LogReader(path="a.log", whole=100)
    log.feed(f"{PLAIN}{text}".encode("cp1251") * 3)
    for facts in (parse(text.encode("cp1251"), path="a.log"), log.facts()):
        (event,) = facts.events
        assert "code page cp1251" in (event.note or "")
        assert "Ошибка подключения" in event.text
    (event,) = parse(text.encode(), path="a.log").events
    assert event.note is None


def test_a_translated_message_has_its_cause_in_any_code_page() -> None:
    """As in UTF-8, with its English."""
    text = "(プロバイダー: SSL プロバイダー、エラー: 0 - 信頼されていない機関によって証明書チェーンが発行されました。)"
    (known,) = parse(text.encode(), path="a.log").events
    (event,) = parse(text.encode("cp932"), path="a.log").events
    assert (event.cause, event.english) == (known.cause, known.english)


@pytest.mark.parametrize(
    "data", [b"\xff", b"\x80\x81\xfe" * 1000, bytes(range(256)) * 50, b"a\x00b" * 99, b""]
)
def test_any_bytes_give_a_text(data: bytes) -> None:
    """Without an exception."""
    assert isinstance(decode(data), str)
