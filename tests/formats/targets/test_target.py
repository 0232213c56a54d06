"""Every form in which people write a server, and that no credential of it gets out."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from certdoctor.errors import UsageError
from certdoctor.formats.targets.target import parse
from certdoctor.model.evidence import Target

SECRET = "hunter2-Tr0ub4dor"  # noqa: S105 - it stands for one
USER = "loader-of-sales"

PLAIN = {
    "sql01": ("sql01", 1433, "tds"),
    "  sql01.corp.example ": ("sql01.corp.example", 1433, "tds"),
    "sql01:14330": ("sql01", 14330, "tds"),
    "sql01,14330": ("sql01", 14330, "tds"),
    "sql01, 14330": ("sql01", 14330, "tds"),
    "tcp:sql01,14330": ("sql01", 14330, "tds"),
    "TCP:sql01": ("sql01", 1433, "tds"),
    "admin:sql01": ("sql01", 1434, "tds"),
    ".": ("localhost", 1433, "tds"),
    "(local)": ("localhost", 1433, "tds"),
    "(local),14330": ("localhost", 14330, "tds"),
    "10.1.2.3": ("10.1.2.3", 1433, "tds"),
    "[2001:db8::7]": ("2001:db8::7", 1433, "tds"),
    "[2001:db8::7]:14330": ("2001:db8::7", 14330, "tds"),
    "[fe80::1%eth0]:14330": ("fe80::1%eth0", 14330, "tds"),
    "2001:db8::7": ("2001:db8::7", 1433, "tds"),
    "2001:db8::7,14330": ("2001:db8::7", 14330, "tds"),
    "datenbank-münchen.example": ("datenbank-münchen.example", 1433, "tds"),
    "db01:5432": ("db01", 5432, "postgres"),
    "db01:3306": ("db01", 3306, "mysql"),
    "db01:27017": ("db01", 27017, "mongodb"),
    r"sql01\MSSQLSERVER": ("sql01", 1433, "tds"),
}

WITH_SECRETS = {
    f"Server=sql01;User Id={USER};Password={SECRET}": ("sql01", 1433, "tds"),
    f"Data Source=tcp:sql01,14330;Uid={USER};Pwd={SECRET};": ("sql01", 14330, "tds"),
    f'server = "sql01,14330" ; password="a;b={SECRET}"': ("sql01", 14330, "tds"),
    f"Driver={{ODBC Driver 18 for SQL Server}};Server=sql01,14330;UID={USER};PWD={{x;Server=evil{SECRET}}}}}y}};": (
        "sql01",
        14330,
        "tds",
    ),
    f"Address=[2001:db8::7]:14330;pwd={SECRET}": ("2001:db8::7", 14330, "tds"),
    f"Host=db01;Port=6000;Username={USER};Password={SECRET}": ("db01", 6000, "postgres"),
    f"Server=db01;Port=3306;Uid={USER};Pwd={SECRET}": ("db01", 3306, "mysql"),
    f"host=db01 port=6000 user={USER} password='a {SECRET}' sslmode=verify-full": ("db01", 6000, "postgres"),
    f"host=db01 password={SECRET}": ("db01", 5432, "postgres"),
    f"jdbc:sqlserver://sql01:14330;user={USER};password={SECRET};encrypt=true": ("sql01", 14330, "tds"),
    f"jdbc:sqlserver://;serverName=sql01;portNumber=14330;password={{{SECRET}}}": ("sql01", 14330, "tds"),
    f"jdbc:postgresql://db01:6000/sales?user={USER}&password={SECRET}": ("db01", 6000, "postgres"),
    f"jdbc:mysql://db01/sales?user={USER}&password={SECRET}": ("db01", 3306, "mysql"),
    f"sqlserver://{USER}:{SECRET}@sql01:14330?database=sales": ("sql01", 14330, "tds"),
    f"mssql://{USER}:{SECRET}@sql01": ("sql01", 1433, "tds"),
    f"postgres://{USER}:{SECRET}@db01/sales": ("db01", 5432, "postgres"),
    f"postgresql://{USER}:p@{SECRET}@[2001:db8::7]:6000/sales": ("2001:db8::7", 6000, "postgres"),
    f"mysql://{USER}:{SECRET}@db01:3307/sales": ("db01", 3307, "mysql"),
    f"mariadb://{USER}:{SECRET}@db01": ("db01", 3306, "mysql"),
    f"mongodb://{USER}:{SECRET}@db01:27018,db02:27018/sales?tls=true": ("db01", 27018, "mongodb"),
    f"tls://{USER}:{SECRET}@ldap01:636": ("ldap01", 636, "tls"),
}

REFUSED = (
    "",
    "   ",
    ":1433",
    ",1433",
    "sql01:",
    "sql01:abc",
    "sql01:0",
    "sql01:65536",
    "sql01:99999999999999999999",
    "sql01:1433:7",
    "sql01\\",
    "[::1",
    "[sql01]:1433",
    "a b",
    "x" * 5000,
    "Password=" + SECRET,
    f"Server=;Password={SECRET}",
    f"Server=/{SECRET}/;Password={SECRET}",
    f"Server=sql01;Port={SECRET}",
    f"sqlserver://{USER}:{SECRET}@",
    f"sqlserver://{USER}:{SECRET}@sql01:port",
    f"postgres://{USER}:1/{SECRET}@db01/sales",
    f"postgres://{USER}:1#{SECRET}@db01/sales",
    f"postgres://{USER}:1?{SECRET}@db01/sales",
    f"mongodb+srv://{USER}:{SECRET}@cluster0.example/",
    f"oracle://{USER}:{SECRET}@db01",
    f"jdbc:oracle:thin:{USER}/{SECRET}@db01",
    f"jdbc:sqlserver://{USER}:{SECRET}@sql01;database=x",
    f"(localdb)\\MSSQLLocalDB;Password {SECRET}",
    f"{USER}:{SECRET}@sql01",
)


@pytest.mark.parametrize(("text", "wanted"), {**PLAIN, **WITH_SECRETS}.items())
def test_host_port_and_protocol(text: str, wanted: tuple[str, int, str]) -> None:
    """Each form leads to the server it names."""
    target = parse(text)
    assert (target.host, target.port, target.protocol) == wanted
    assert SECRET not in repr(target)
    assert USER not in repr(target)


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_target_is_refused_without_being_repeated(text: str) -> None:
    """The error says what to write instead, and keeps what could be a secret to itself."""
    with pytest.raises(UsageError) as refusal:
        parse(text)
    said = [refusal.value]
    while said[-1].__cause__ or said[-1].__context__:
        said.append(said[-1].__cause__ or said[-1].__context__)  # type: ignore[arg-type]
    assert refusal.value.hint
    for error in said:
        assert SECRET not in str(error)
        assert SECRET not in repr(error)
        assert USER not in repr(error)


@pytest.mark.parametrize(
    "text",
    [
        r"sql01\SALES",
        r"tcp:sql01\SALES",
        r"Server=sql01\SALES;Encrypt=yes",
        r"jdbc:sqlserver://sql01\SALES;encrypt=true",
        "jdbc:sqlserver://sql01;instanceName=SALES",
        "sqlserver://sql01/SALES",
    ],
)
def test_an_instance_without_a_port_is_for_the_browser(text: str) -> None:
    """The port is not 1433 then: SQL Server Browser knows it."""
    target = parse(text)
    assert (target.host, target.instance, target.ask_browser) == ("sql01", "SALES", True)
    assert target.endpoint == r"sql01\SALES"


@pytest.mark.parametrize(
    "text",
    [
        r"sql01\SALES,14330",
        r"sql01\SALES:14330",
        r"Server=sql01\SALES,14330",
        "jdbc:sqlserver://sql01:14330;instanceName=SALES",
        "sqlserver://sql01:14330/SALES",
    ],
)
def test_an_instance_with_a_port_is_only_compared(text: str) -> None:
    """The port decides, as with every driver; the instance is sent along to be compared (INSTOPT)."""
    target = parse(text)
    assert (target.host, target.port, target.instance) == ("sql01", 14330, "SALES")
    assert not target.ask_browser


def test_the_protocol_is_open_only_where_nothing_tells_it() -> None:
    """A bare host may turn out to be anything; whoever names a kind of server means it."""
    assert parse("db01:5000").guessed
    assert parse("db01:5432").guessed
    assert not any(parse(text).guessed for text in (*WITH_SECRETS, r"sql01\SALES", "postgres://db01"))


@pytest.mark.parametrize(
    ("text", "encrypt", "strict", "trust"),
    [
        ("Server=a", None, False, None),
        ("Server=a;Encrypt=yes", True, False, None),
        ("Server=a;Encrypt=Mandatory;TrustServerCertificate=True", True, False, True),
        ("Server=a;Encrypt=Optional;Trust Server Certificate=no", False, False, False),
        ("Server=a;Encrypt=Strict", True, True, None),
        ("jdbc:sqlserver://a;encrypt=false", False, False, None),
        ("sqlserver://a?encrypt=strict&trustServerCertificate=true", True, True, True),
        ("postgres://a?sslmode=disable", False, False, None),
        ("postgres://a?sslmode=verify-full", True, False, None),
        ("postgres://a?sslmode=prefer", None, False, None),
        ("mysql://a?ssl-mode=VERIFY_IDENTITY", True, False, None),
        ("mongodb://a?tls=true&tlsAllowInvalidCertificates=true", True, False, True),
    ],
)
def test_settings(text: str, encrypt: bool | None, strict: bool, trust: bool | None) -> None:  # noqa: FBT001 - a table
    """What the client was told about encryption is read from every form."""
    settings = parse(text).settings
    assert (settings.encrypt, settings.strict, settings.trust_server_certificate) == (encrypt, strict, trust)


def test_the_ca_file_and_the_name_to_look_for() -> None:
    """A connection string may name both."""
    assert parse("host=a sslrootcert='C:\\\\my roots\\\\ca.pem'").settings.ca_path == r"C:\my roots\ca.pem"
    assert parse("Server=a;HostNameInCertificate=*.b.example").certificate_host == "*.b.example"


FORMS = (
    "Server=sql01;Password={};Encrypt=yes",
    "Password={};Server=sql01",
    'Server=sql01;Password="{}"',
    "Server=sql01;PWD={{{}}}",
    "host=db01 password='{}'",
    "jdbc:sqlserver://sql01;password={{{}}}",
    "sqlserver://sa:{}@sql01:1433",
    "mongodb://me:{}@db01/x",
    "sa:{}@sql01",
)


@given(form=st.sampled_from(FORMS), noise=st.text(max_size=12), more=st.text(max_size=12))
def test_no_secret_gets_out(form: str, noise: str, more: str) -> None:
    """Whatever stands around it in the password's place, the secret is in no result and no error."""
    secret = f"{noise}{SECRET}{more}"
    # A password that itself writes another key or host is no longer one value.
    assume(not set("=;@/") & set(noise + more))
    try:
        shown = repr(parse(form.format(secret)))
    except UsageError as error:
        shown = f"{error!s} {error!r} {error.__cause__!r}"
    assert SECRET not in shown


@given(st.text(max_size=60) | st.text(alphabet=r"ab1.:,;=\[]{}'\"@/%- ", max_size=40))
def test_any_text_is_a_target_or_refused(text: str) -> None:
    """There is no third way, and a target always has a host and a port."""
    try:
        target = parse(text)
    except UsageError:
        return
    assert isinstance(target, Target)
    assert target.host
    assert 0 < target.port < 65536
