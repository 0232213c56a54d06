"""Preflight files: read strictly, every fault with its line; written so that they can be read again."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.errors import UsageError
from certdoctor.logs import reading
from certdoctor.model.plan import Connection, Plan
from certdoctor.preflight import plan_text, prefill
from certdoctor.preflight.plan_file import MAX_SIZE, Fault, PlanError, lines_of, read

ONE = '[[connection]]\nname = "a"\ntarget = "sql01"\n'


def faults(text: str) -> list[tuple[int, str]]:
    """Return what is wrong with a file."""
    with pytest.raises(PlanError) as refusal:
        read(text.encode(), client_problem=lambda name: "" if name == "node" else f"no client {name}")
    return [(fault.line, fault.text) for fault in refusal.value.faults]


def test_a_whole_file_is_read() -> None:
    """One word may stand for a list of one, yes for true; what is not given is None."""
    plan = read(
        b'\xef\xbb\xbf[policy]\r\nminimum_days = 30\r\ndigests = "sha256"\r\n[defaults]\r\nca = ["a", "b"]\r\n'
        b'[[connection]]\r\nname = "x"\r\ntarget = "sql01,1433"\r\nencrypt = true\r\nclients = "node"\r\n'
        b"[connection.policy]\r\nmay_be_offline = true\r\n"
    )
    assert plan.policy.minimum_days == 30
    assert plan.policy.digests == ("sha256",)
    assert plan.defaults.ca == ("a", "b")
    (connection,) = plan.connections
    assert (connection.name, connection.encrypt, connection.clients) == ("x", "yes", ("node",))
    assert connection.policy.may_be_offline is True
    assert connection.certificate is None


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "There is no connection in it."),
        ("[[connection]\n", 1, "This is no TOML: "),
        ("a = 1\nb =\n", 2, "This is no TOML: "),
        ("[polcy]\n" + ONE, 1, "Did you mean policy?"),
        (ONE + "[policy]\nminimum-days = 3\n", 5, "Did you mean minimum_days?"),
        (ONE + "[policy]\nmaximum = 3\n", 5, "It takes: minimum_days, rsa_bits"),
        (ONE + '[policy]\nminimum_days = "30"\n', 5, "is a whole number, without quotes"),
        (ONE + "[policy]\nminimum_days = true\n", 5, "is a whole number, without quotes, not true"),
        (ONE + "[policy]\nrsa_bits = 20\n", 5, "rsa_bits lies between 512 and 16,384."),
        (ONE + "[policy]\nmay_be_offline = 1\n", 5, "is true or false"),
        (ONE + '[policy]\ntls_versions = [\n  "1.2",\n  "1.4",\n]\n', 5, 'cannot be "1.4". Did you mean'),
        (ONE + "[policy]\nclients = [1]\n", 5, "is a text in quotes"),
        (ONE + '[policy]\nclients = ["nod"]\n', 5, "no client nod"),
        ("policy = 1\n" + ONE, 1, "write [policy]"),
        ("connection = 1\n", 1, "in two brackets"),
        ('[connection]\nname = "a"\ntarget = "x"\n', 1, "in two brackets"),
        (ONE + "policy = 1\n", 4, "write [connection.policy]"),
        (ONE + 'protocl = "tds"\n', 4, "Did you mean protocol?"),
        (ONE + 'protocol = "tdss"\n', 4, 'protocol cannot be "tdss". Did you mean tds?'),
        (ONE + 'encrypt = "maybe"\n', 4, "It takes: yes, no, strict."),
        (ONE + "timeout = 0\n", 4, "timeout lies between 1 and 600."),
        (ONE + 'ca = ""\n', 4, "is empty"),
        (ONE + 'ca = "a\\u202eb"\n', 4, "cannot be printed"),
        (ONE + 'password = "hunter2"\n', 4, "A password has no place in this file."),
        (ONE + 'password_env = "A"\npassword_file = "b"\n', 5, "both give a password"),
        ('# x\n\n[[connection]]\nname = "a"\n', 3, "This connection has no target."),
        ('[[connection]]\ntarget = "sql01"\n', 1, "This connection has no name."),
        (ONE + "\n" + ONE, 6, 'two connections named "a"'),
        ('[[connection]]\nname = "a"\ntarget = "ftp://x"\n', 3, "ftp:// is no kind of server"),
        ('[[connection]]\nname = "a"\ntarget = "Server=x;Pwd=hunter2"\n', 3, "holds a password"),
        ('[[connection]]\nname = "a"\ntarget = "postgres://u:hunter2@x/"\n', 3, "holds a password"),
        ('[[connection]]\nname = "a"\ntarget = """\nsql01;\nPassword=hunter2"""\n', 3, "cannot be printed"),
        (ONE + "\n# later\n[[connection]]\n" + ONE, 6, "has no name"),
    ],
)
def test_a_fault_is_told_with_its_line_and_the_nearest_word(text: str, line: int, words: str) -> None:
    """And never with a secret in it."""
    found = faults(text)
    assert found[0][0] == line, found
    assert words in found[0][1]
    assert "hunter2" not in str(found)


def test_all_faults_are_told_in_order() -> None:
    """Who mends a file wants to mend it once."""
    text = '[[connection]]\nname = 1\ntarget = 2\n[policy]\nx = 1\n[[connection]]\nname = "b"\n'
    assert [line for line, _ in faults(text)] == [2, 3, 5, 6]


@pytest.mark.parametrize(
    "data", [b"\xff", b"x" * (MAX_SIZE + 1), b"a = " + b"[" * 5000, b"a." * 5000 + b"b = 1"]
)
def test_what_is_no_such_file_is_refused(data: bytes) -> None:
    """Bytes, size, nesting."""
    with pytest.raises(PlanError):
        read(data)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from('[]connection.policy="\n a1#{},\\'), max_size=120).map(ONE.__add__))
def test_any_text_is_a_plan_or_refused(text: str) -> None:
    """Nothing else comes of it, and every line told is one of the file."""
    found: Plan | tuple[Fault, ...]
    try:
        found = read(text.encode())
    except PlanError as refusal:
        found = refusal.faults
    if isinstance(found, tuple):
        assert all(0 <= fault.line <= text.count("\n") + 1 for fault in found)
    else:
        assert found.connections


STATEMENTS = st.sampled_from(
    [
        "k{n} = 1",
        "k{n} = [\n  1,\n  2,\n]",
        'k{n} = """\na\n\nb"""',
        "# only a comment",
        "",
        "k{n} = {{ a = 1 }}",
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=8))
def test_lines_are_found_whatever_stands_before(statements: list[str]) -> None:
    """Comments, empty lines, values over many lines."""
    written = [one.format(n=n) for n, one in enumerate(statements)]
    text = "\n".join(written)
    document = tomllib.loads(text)
    lines = lines_of(text)
    at = 1
    for number, statement in enumerate(written):
        if f"k{number}" in document:
            assert lines[(f"k{number}",)] == at
        at += statement.count("\n") + 1


def schema() -> Any:  # noqa: ANN401 - JSON
    """Return the schema for editors."""
    return json.loads((files("certdoctor.data") / "preflight-schema.json").read_text("utf-8"))


def test_the_example_is_a_plan_with_every_key_also_where_it_stands_behind_a_number_sign() -> None:
    """Reader, example and schema agree, because they are made of the same."""
    text = plan_text.write()
    jsonschema.Draft202012Validator.check_schema(schema())
    for version in (text, re.sub(r"(?m)^# (?=[a-z_]+ = |\[)", "", text)):
        if version != text:
            version = version.replace('password_file = "client.password"\n', "")  # noqa: PLW2901 - one of two
        jsonschema.validate(tomllib.loads(version), schema())
        assert read(version.encode()).connections[0].name == "orders"
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize(
    "text",
    [
        "[policy]\nminimum_days = -1\n",
        "[policy]\nminimum_day = 1\n",
        ONE + 'protocol = "x"\n',
        ONE + "clients = [1]\n",
        '[[connection]]\nname = "a"\n',
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(text: str) -> None:
    """An editor that knows it underlines the same places."""
    with pytest.raises(PlanError):
        read(text.encode())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(text), schema())


SECRETS = "User Id=sa;Password=hunter2;"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"Server=tcp:sql01.corp.example,1444;Encrypt=strict;TrustServerCertificate=no;{SECRETS}",
            Connection(
                name="sql01.corp.example",
                target="sql01.corp.example:1444",
                encrypt="strict",
                trust_server_certificate=False,
            ),
        ),
        (
            "Driver={ODBC Driver 18};Server=db7\\X;UID=u;PWD={hun;ter2};Encrypt=yes;HostNameInCertificate=alias",
            Connection(name="db7-X", target="db7\\X", encrypt="yes", hosts=("alias",)),
        ),
        (
            "jdbc:sqlserver://db7:1444;encrypt=true;user=u;password={hunter2};clientCertificate=a.pem;clientKey=b.key",
            Connection(name="db7", target="db7:1444", encrypt="yes", certificate="a.pem", key="b.key"),
        ),
        (
            "postgresql://u:hunter2@pg1/db?sslmode=verify-full&sslrootcert=/r.crt&sslcert=c.crt&sslkey=k.key",
            Connection(
                name="pg1",
                target="postgres://pg1:5432",
                ca=("/r.crt",),
                certificate="c.crt",
                key="k.key",
                encrypt="yes",
            ),
        ),
        (
            "host=pg1 port=5433 password=hunter2 sslmode=disable sslcert='my c.crt'",
            Connection(name="pg1", target="postgres://pg1:5433", certificate="my c.crt", encrypt="no"),
        ),
        (
            "mongodb://u:hunter2@m1,m2/?tls=true&tlsCAFile=ca.pem&tlsCertificateKeyFile=c.pem",
            Connection(
                name="m1", target="mongodb://m1:27017", ca=("ca.pem",), certificate="c.pem", encrypt="yes"
            ),
        ),
        ("[2001:db8::1]:1444", Connection(name="2001:db8::1", target="[2001:db8::1]:1444")),
        ("admin:sql01", Connection(name="sql01", target="admin:sql01:1434")),
    ],
)
def test_a_connection_string_fills_in_what_it_tells(text: str, expected: Connection) -> None:
    """Its secrets stay behind, and the file made of it is read to the same connection."""
    connection = prefill.from_connection_string(text)
    assert connection == expected
    written = plan_text.write([connection])
    assert "hun" not in written
    assert read(written.encode()).connections == (expected,)
    jsonschema.validate(tomllib.loads(written), schema())


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_a_connection_string_or_refused_and_what_is_written_can_be_read(text: str) -> None:
    """Quotes, controls, lone surrogates: nothing breaks out of its value."""
    try:
        connection = prefill.from_connection_string(f"Server=sql01;sslcert={text}")
    except UsageError:
        return
    written = plan_text.write([connection])
    assert tomllib.loads(written)["connection"][0]["target"].startswith("sql01")


LOG = r"""2026-11-24 10:00:00 Hackolade 8.1 Test connection
{"sslType":"TRUST_CUSTOM_CA_SIGNED_CERTIFICATES","encryptConnection":true,"certAuthority":"C:\\Users\\jane\\ca.pem",
"clientCert":"c.pem","host":"sql01","port":"1444"}
2026-11-24 10:00:01 {"message": "Failed to connect to sql01:1444 - unable to get local issuer certificate"}
2026-11-24 10:05:00 {"message": "Failed to connect to sql02:1433 - certificate has expired"}
"""


def test_a_log_fills_in_the_servers_that_it_names() -> None:
    """A path whose user name was masked cannot be used as it stands: it is written behind a number sign."""
    facts = reading.parse(LOG.encode(), path="HackoladeRE.log")
    found = prefill.named_apart(prefill.from_log(facts))
    assert [c.target for c in found] == ["sql01:1444", "sql02:1433"]
    assert (found[0].clients, found[0].certificate) == (("electron",), "c.pem")
    written = plan_text.write(found)
    assert '# ca = "C:\\\\Users\\\\***\\\\ca.pem"  # part of it was not shown' in written
    assert [c.name for c in read(written.encode()).connections] == ["sql01", "sql02"]


def test_connections_of_one_name_get_names_of_their_own() -> None:
    """``--only`` has to tell them apart."""
    same = Connection(name="a", target="a")
    assert [c.name for c in prefill.named_apart([same, same, same])] == ["a", "a-2", "a-3"]


def test_the_example_of_the_documentation_is_a_plan() -> None:
    """What people copy works."""
    page = (Path(__file__).parents[2] / "docs" / "preflight.md").read_text("utf-8")
    text = page.partition("```toml\n")[2].partition("```")[0]
    jsonschema.validate(tomllib.loads(text), schema())
    assert [c.name for c in read(text.encode()).connections] == ["orders", "archive"]


@pytest.mark.parametrize("text", ["[{}]", "{} = 1", "x = {{ {} = 1 }}"])
def test_keys_of_many_parts_are_refused_before_they_are_read(text: str) -> None:
    """The reader of TOML takes the square of their number; dots in texts and remarks do not count."""
    with pytest.raises(PlanError) as refusal:
        read(text.format("a." * 60_000 + "a").encode())
    assert "nested so deeply" in str(refusal.value)
    dots = "." * 5000
    with pytest.raises(PlanError) as refusal:
        read(f'x = "{dots}" # {dots}\n'.encode())
    assert "nested so deeply" not in str(refusal.value)
