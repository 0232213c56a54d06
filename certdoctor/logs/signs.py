"""Signs of failure that need no language: exception types, levels, SQLSTATEs, error numbers, provider frames, exit codes.

A line with such a sign tells that something failed, whatever its words are. Where no signature knows the words, the
failure is reported as unknown instead of being passed over: a log that could not be understood is not a healthy one.
Forms are what runtimes and databases print and do not translate (exception types of .NET, Java, Python and
JavaScript; SQLSTATE of ISO/IEC 9075; HRESULTs; ``errno`` names of Node.js), and PostgreSQL's severities, which it
does translate (src/backend/po).
"""

from __future__ import annotations

from certdoctor.formats.text.gates import Later

LITERALS = (
    "exception", "error", "err_", "errno", "fault:", "fault (", "fatal", "critical", "severe", "panic", "emerg", "traceback",
    "caused by", "uncaught", "sqlstate", "sql state", "[08", "[28", "[hy", "[im", "[42", "[53", "[54", "[57", "[58", "(08", "(28", "(hy", "(53", "(57", "(58", "(42",
    "0x8", "-21", "ora-", "tns-", "dpy-", "dpi-", "msg ", "sql1", "sql3", "exit code", "exit status", "exitcode", "exited with", ": 0 -", ": 5 -", ": 15 -", ": 20 -", ": 25 -", ": 26 -", ": 28 -", ": 31 -", ": 35 -", ": 40 -", "enotfound", "econn",
    "etimedout", "eai_", "ehostun", "enetun", "epipe", "eacces", "eproto", "esocket", "elogin", "eencrypt", "enoent",
    "eaddr", "eperm", "pg::", "err=", 'err"', "fehler", "erreur", "erro", "błąd", "hata", "ошибка", "помилка", "важно", "错误", "錯誤", "エラー",
    "오류", "fel:", "chyba", "virhe", "x509: ", ".go:", ".cc:", ".cpp:", ".py:",
)  # fmt: skip
"""What stands, in lower case, in every line with a sign; looked for before the expressions are tried."""

RARE = (
    "exception", "error", "fatal", "traceback", "caused by", "uncaught", "sqlstate", "[08", "[28000", "[hy0",
    "0x8", "-214", "-213", "ora-", "tns-", "severe", "critical", "panic", "enotfound", "econn", "etimedout", "eai_",
    "exit code", "pg::", "err=", "错误", "エラー", "오류", "ошибка",
)  # fmt: skip
"""A few of them, of which a large log is searched for the first in each block."""

_SAYS = r"[:\uff1a]\s{0,8}(?!(?:0|none|null|nil|false|ok|success\w*)\b)\S"
"""A colon and a message that is more than a count of nothing."""
_TYPE = (
    # TimeoutError: …, java.sql.SQLException: …, Npgsql.NpgsqlException (0x80004005): …, a type at the end of a line
    rf"(?<=\w)(?:Exception|Error|Fault|Panic)\b(?=['\"]?\s{{0,4}}(?:{_SAYS}|\(|\[|->|$))"
    # alone only before a message: Error: getaddrinfo ENOENT
    rf"|\b(?:Exception|Error)\b(?=['\"]?\s?{_SAYS})"
)
_TRACE = r"^Traceback \(most recent call last\)|^[ \t]{0,40}Caused by: |\b[Uu]n(?:caught|handled) (?:exception|error|rejection)\b|^panic: |\bpanicked at\b"
_LEVEL = (
    r"(?<![\w=\"'/-])(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC|EMERG|EMERGENCY)(?![\w/=-]|['\"]?\s{0,4}[:=]\s{0,4}(?:0|none|null|false|ok)\b)"
    r"|\[(?:error|fatal|critical|emerg|crit)\]"
    # E0102 10:00:00.000000 1 main.go:3] of glog, klog and absl (README of google/glog, "Log Line Prefix Format")
    r"|(?<![\w.-])[EF](?:20\d\d)?[01]\d[0-3]\d \d\d:\d\d:\d\d\.\d{1,9} {1,8}\d{1,9} [\w.-]{1,80}:\d{1,6}\] "
    r"|\b(?:level|lvl|severity|levelname)\b[\"']?\s?[=:]\s?[\"']?(?i:error|fatal|critical|panic|severe|emerg)\b"
    r"|(?:^|[\s\]:>])(?:FEHLER|ERREUR|ERRO|ERRORE|BŁĄD|HATA|ОШИБКА|ПОМИЛКА|ВАЖНО|FEL|CHYBA|VIRHE|FATALE|ÖLÜMCÜL(?: HATA)?|"
    r"KATASTROFALNY|PANIK|错误|致命错误|錯誤|嚴重錯誤|エラー|致命的エラー|오류|치명적오류|심각)\s?[:\uff1a]"
)
_STATE = (
    r"\bSQLSTATE\b(?!\W{0,4}0{5})|\bSQL ?State\W{1,4}(?!0{5})[0-9A-Z]{5}\b"
    r"|\[(?:0[7-9A-Z]|2[1-8]|3[38D]|42|5[3478]|HY|IM|XX)[0-9A-Z]{3}\]|\((?:08|28|42|5[378]|HY)[0-9A-Z]{3}(?:/\d{1,5})?\)"
)
_NUMBER = (
    r"\b0x8[0-9A-Fa-f]{7}\b|(?<![\w.])-21\d{8}\b|\b(?:ORA|TNS|DPY|DPI)-(?!0+\b)\d{4,5}\b|\bMsg \d+, Level (?:1[1-9]|2\d)\b"
    r"|\bSQL[13]\d{3,4}N\b|\bERROR \d{4} \(|\berrno[\"']?\s?[:=]?\s?-?[1-9]\d*\b|\[Errno -?[1-9]\d*\]"
)
_FRAME = (
    # (provider: SSL Provider, error: 0 - …) of SqlClient, in whatever language
    r"[(\uff08][^()\uff08\uff09\n:\uff1a,]{2,24}[:\uff1a]\s?[^()\uff08\uff09\n:\uff1a,\uff0c\u3001]{2,48}[,\uff0c\u3001]\s?[^()\uff08\uff09\n:\uff1a,]{2,24}[:\uff1a]\s?\d{1,5}\s?[-\u2013]"
)
_EXIT = r"\bexit(?:ed|s)?(?: with)? ?(?:code|status)(?:\s?[:=]\s?|\s(?:of )?)-?[1-9]\d*\b|\bnon-zero exit (?:code|status)\b"
_ERRNO = (
    r"(?<![\w-])(?:ERR_[A-Z][A-Z0-9_]{2,}|E(?:NOTFOUND|CONN(?:REFUSED|RESET|ABORTED|CLOSED)?|TIMEDOUT|TIMEOUT|HOSTUNREACH|NETUNREACH"
    r"|HOSTDOWN|PIPE|ACCES|PERM|PROTO|SOCKET|LOGIN|ENCRYPT|NOENT|ADDRINUSE|ADDRNOTAVAIL|AI_[A-Z]+|INSTLOOKUP))(?![\w-])"
)
_LIBRARY = r"(?<![\w.])x509: (?=[a-z])"
"""Go's crypto/x509 writes its name before nothing but errors."""
_RAISED = (
    # A class and what it says, not behind a word of a sentence: psycopg2.OperationalError: …, Mysql2::Error::ConnectionError: …
    r"(?<![\w.:])(?<![a-z] )(?:[A-Za-z_]\w{0,60}(?:\.|::)){0,8}[A-Z]\w{0,60}(?:Error|Exception)"
    r"(?:: ?(?=\S)(?!\d+\b|[Nn]one\b|[Oo]k\b)| \(0x)"
    # ruby-pg names its errors by what happened: PG::ConnectionBad
    r"|\bPG::(?!Connection\b|Result\b|(?:Text|Binary)\w*\b)[A-Z]\w{1,60}: "
    # a Go program's own end, behind a time
    r"|(?<=\d )panic: (?=\S)"
    # the field in which loggers of Go and JavaScript put an error
    r"|(?<![\w.-])err(?:or)?=\"?(?=[A-Za-z])(?!nil\b|null\b|none\b|false\b|ok\b|success)|\"err(?:or)?\": ?\"(?=[A-Za-z])(?!nil\b|null\b|none\b|ok\b|success)"
)
"""An exception with its message, or the field of an error: it is one whatever level it is written at."""
_ANY_RAISED = Later(_RAISED)
_ANY = Later(
    "(?m)"
    + "|".join(
        f"(?:{one})"
        for one in (_TYPE, _TRACE, _LEVEL, _STATE, _NUMBER, _FRAME, _EXIT, _ERRNO, _LIBRARY, _RAISED)
    )
)


def shows_failure(line: str, lowered: str) -> bool:
    """Return whether one line of a log bears a sign of failure; ``lowered`` is the line in lower case."""
    return any(literal in lowered for literal in LITERALS) and _ANY.compiled.search(line) is not None


def tells_exception(line: str) -> bool:
    """Return whether a line holds an exception with its message, which no level makes harmless."""
    return _ANY_RAISED.compiled.search(line) is not None


_LONGEST = 4000
"""Bytes of a line that are examined."""


def first_failure(block: bytes, lowered: bytes, sign: bytes) -> int | None:
    """Return the place behind the first ``sign`` (lower case) of a line that shows a failure; else behind the first at all.

    Only the first line of each block would otherwise be looked at, and "0 errors" hide a failure further down. None where
    the sign does not occur.
    """
    first, at = None, lowered.find(sign)
    while at >= 0:
        start, end = lowered.rfind(b"\n", 0, at) + 1, lowered.find(b"\n", at)
        end = len(lowered) if end < 0 else end
        first = at + len(sign) if first is None else first
        line = block[start : min(end, start + _LONGEST)].decode("utf-8", "replace")
        if shows_failure(line, line.lower()):
            return at + len(sign)
        at = lowered.find(sign, end)
    return first
