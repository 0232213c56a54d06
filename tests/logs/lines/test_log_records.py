"""Records in JSON say what the same failure says in plain text: cause, client, server and time."""

from __future__ import annotations

import json

import pytest

from certdoctor.logs.lines import records
from certdoctor.logs.reading import parse

NODE = (
    "Error: self-signed certificate\n    at TLSSocket.onConnectSecure (node:_tls_wrap:1679:34)\n"
    "    at Connection.connect (/srv/app/node_modules/pg/lib/connection.js:54:10)"
)
GO = "failed to connect to `host=pg07.example user=app`: x509: certificate is valid for db.example, not pg07.example"
JAVA = (
    "org.postgresql.util.PSQLException: SSL error: PKIX path building failed: unable to find valid certification path to requested target\n"
    "\tat org.postgresql.ssl.MakeSSL.convert(MakeSSL.java:43)"
)
PYTHON = (
    'Traceback (most recent call last):\n  File "/app/db.py", line 3, in connect\n'
    "pymysql.err.OperationalError: (2003, \"Can't connect to MySQL server on 'db01.example' ([SSL: CERTIFICATE_VERIFY_FAILED]"
    ' certificate verify failed: certificate has expired (_ssl.c:1007))")'
)
AT = "2024-11-24T09:01:01.123Z"
SECONDS = 1732438861
SAID = {
    NODE: ("self-signed-leaf", "node-postgres", None),
    GO: ("hostname-mismatch", "pgx", "pg07.example"),
    JAVA: ("missing-issuer", "pgjdbc", None),
    PYTHON: ("expired", "pymysql", "db01.example"),
}
PINO = {
    "level": 50,
    "time": SECONDS * 1000 + 123,
    "pid": 1,
    "hostname": "web-1",
    "err": {
        "type": "Error",
        "message": "self-signed certificate",
        "stack": NODE,
        "code": "DEPTH_ZERO_SELF_SIGNED_CERT",
    },
    "msg": "connect failed",
}


@pytest.mark.parametrize(
    ("said", "record"),
    [
        pytest.param(NODE, PINO, id="pino"),
        pytest.param(NODE, {"level": "error", "message": "no", "stack": NODE, "timestamp": AT}, id="winston"),
        pytest.param(
            GO,
            {"level": "error", "ts": SECONDS + 0.123, "caller": "db/open.go:44", "msg": "open", "error": GO},
            id="zap",
        ),
        pytest.param(GO, {"time": AT, "level": "ERROR", "msg": "open", "err": GO}, id="slog"),
        pytest.param(
            JAVA, {"@timestamp": AT, "message": "pool", "level": "ERROR", "stack_trace": JAVA}, id="Logback"
        ),
        pytest.param(
            JAVA,
            {
                "instant": {"epochSecond": SECONDS},
                "level": "ERROR",
                "thrown": {"name": "X", "extendedStackTrace": JAVA},
            },
            id="log4j",
        ),
        pytest.param(
            JAVA,
            {"@timestamp": AT, "log.level": "ERROR", "message": "no", "error.stack_trace": JAVA},
            id="ECS",
        ),
        pytest.param(
            JAVA,
            {"@timestamp": AT, "log": {"level": "ERROR"}, "error": {"stack_trace": JAVA.split("\n")}},
            id="ECS nested",
        ),
        pytest.param(
            PYTHON,
            {"asctime": "2024-11-24 09:01:01,123", "levelname": "ERROR", "message": "no", "exc_info": PYTHON},
            id="python-json-logger",
        ),
        pytest.param(PYTHON, {"@t": AT, "@l": "Error", "@mt": "Open {Db}", "@x": PYTHON}, id="CLEF"),
        pytest.param(
            PYTHON,
            {"severity": "ERROR", "timestamp": AT, "jsonPayload": {"message": "no", "exception": PYTHON}},
            id="Google Cloud",
        ),
        pytest.param(
            GO, {"__REALTIME_TIMESTAMP": f"{SECONDS}123456", "PRIORITY": "3", "MESSAGE": GO}, id="journald"
        ),
        pytest.param(
            GO,
            {"__REALTIME_TIMESTAMP": f"{SECONDS}123456", "MESSAGE": list(GO.encode())},
            id="journald, bytes",
        ),
        pytest.param(
            GO,
            {"events": [{"timestamp": SECONDS * 1000, "message": GO}, {"timestamp": 1, "message": "up"}]},
            id="CloudWatch",
        ),
        pytest.param(NODE, {"log": json.dumps(PINO) + "\n", "stream": "stderr", "time": AT}, id="Docker"),
    ],
)
def test_a_record_says_what_its_text_says(said: str, record: dict[str, object]) -> None:
    """In the field where this logger puts it; the machine that writes is no server."""
    for prefix in ("", "2024-11-24T09:01:01.123456789Z stderr F "):
        (event,) = parse(f"{prefix}{json.dumps(record)}\n".encode(), path="app.log").events
        assert (event.cause, event.client, event.endpoint) == SAID[said]
        assert event.line == 1
        assert event.first_at is not None
        assert event.first_at.startswith("2024-11-24 09:01:01")


def test_lines_of_docker_stay_one_entry() -> None:
    """A stack is a record for each of its lines; a time is told at the first alone."""
    lines = [json.dumps({"log": f"{line}\n", "stream": "stderr", "time": AT}) for line in NODE.split("\n")]
    (event,) = parse("\n".join(lines).encode(), path="app.log").events
    assert (event.cause, event.client, event.line) == ("self-signed-leaf", "node-postgres", 1)


@pytest.mark.parametrize(
    "line",
    [
        '{"host": "sql01", "encrypt": true}',
        '{"t":{"$date":"2024-02-28"},"s":"E","c":"NETWORK","ctx":"conn5","msg":"x"}',
        "{not json}",
        '{"level": "error", "message": "cut',
        '{"level":' * 5000,
        "[" * 50_000 + "{",
        '{"time":' + "9" * 5000 + "}",
        '{"level":"error","message":"' + "x" * 300_000 + '"}',
        f'{{"time":1e400,"level":"error"}}{"}" * 9}',
    ],
)
def test_what_is_no_record_stays_as_it_is(line: str) -> None:
    """Settings, MongoDB's own log, what is cut, nested without end or too long."""
    assert records.text_of(line, split="\r") is None


def test_odd_values_end_in_a_text() -> None:
    """Whatever a field holds, the record is written."""
    odd: dict[str, object] = {
        "time": 1e300,
        "level": None,
        "msg": {"a": [1, None, True, {"b": []}]},
        "err": [[[[[[["x y"]]]]]]],
    }
    assert records.text_of(json.dumps(odd), split="\r") is not None
    assert records.text_of('{"time":NaN,"msg":"x"}', split="\r") == "x"


def test_a_secret_in_a_record_is_masked() -> None:
    """Under a name with escapes too."""
    line = json.dumps({"level": "error", "msg": "certificate has expired", "password": "Sommer2024"}).replace(
        "password", "p\\u0061ssword"
    )
    facts = parse(line.encode(), path="app.log")
    assert "Sommer2024" not in repr(facts)
