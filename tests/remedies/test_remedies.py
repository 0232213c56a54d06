"""The remedy book: every entry is complete, honest about what it costs, and safe to paste."""

from __future__ import annotations

import re
import shlex
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from certdoctor.checks import CHECKS
from certdoctor.checks.logs import claims
from certdoctor.logs import reading
from certdoctor.model.evidence import Evidence
from certdoctor.model.files import FileFacts, Form, Role
from certdoctor.model.ids import SYSTEMS, Protocol, ServerSystem, System
from certdoctor.model.report import Remedy
from certdoctor.model.rule import Owner
from certdoctor.remedies.commands import AZURE, WHICH_SERVER
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.from_evidence import remedy_context
from certdoctor.remedies.registry import REMEDIES, remedy

PROMISED = tuple(
    """
trust-the-root give-the-ca-file send-the-intermediate add-intermediate-to-ca-file give-the-root-instead
install-a-real-certificate renew-the-certificate wait-or-fix-the-clock reissue-with-names use-a-covered-name
set-host-name-in-certificate reissue-with-server-auth reissue-the-ca reissue-stronger bind-the-certificate allow-tls12
allow-ciphers encrypt-the-connection load-a-server-certificate use-strict allow-tds7 upgrade-the-driver force-encryption
check-the-port open-the-firewall start-the-server fix-the-name read-the-server-log give-client-certificate
drop-client-certificate fix-client-certificate fix-the-login verify-again reach-the-crl trust-interception-root
bypass-interception give-the-right-file convert-to-pem fetch-again put-the-leaf-first use-the-matching-key
give-both-files give-the-password ask-for-the-password re-encrypt-the-key pin-the-certificate
trust-server-certificate look-closer find-the-reason
""".split()  # noqa: SIM905 - fifty names read better as text
)

SPECIFIC = RemedyContext(
    target="db7.shop.example:1444",
    host="db7.shop.example",
    root_subject="CN=Shop Root R2,O=Shop",
    root_common_name="Shop Root R2",
    root_key_id="5f0a9c",
    root_sha256="ab" * 32,
    root_sha1="cd" * 20,
    missing_subject="CN=Shop Issuing CA 3",
    ca_issuers=("ldap://dir/cn=x", "http://pki.shop.example/issuing3.crt"),
    ca_path="roots/shop root.pem",
    saved_as="roots/shop root.pem",
    leaf_subject="CN=db7",
    certificate_names=("db7.shop.example", "db7", "10.1.2.3"),
    covered_names=("*.old.example", "db7-old.shop.example"),
    cert_path="my cert.crt",
    key_path="my key.key",
    other_path="it's.p7b",
    clients=("node@20", "jdbc"),
)

SITUATIONS = [
    RemedyContext(),
    SPECIFIC,
    *(replace(SPECIFIC, os=system) for system in SYSTEMS),
    replace(SPECIFIC, server_on=ServerSystem.WINDOWS, os=System.WINDOWS),
    replace(SPECIFIC, server_on=ServerSystem.LINUX, application="Hackolade"),
    replace(SPECIFIC, server_on=ServerSystem.AZURE),
    replace(
        SPECIFIC,
        server_on=ServerSystem.WINDOWS,
        server_because="its log says so",
        lacks=("its key is short",),
    ),
    replace(SPECIFIC, protocol=Protocol.POSTGRES, clients=("python",)),
    *(replace(SPECIFIC, key_container=kind) for kind in ("PKCS#8", "JKS", "PuTTY", "OpenSSH")),
    RemedyContext(clients=("freetds", "go", "odbc-linux@18", "sqlclient-windows", "electron", "pytds")),
]

GENERAL = {"check-the-port", "start-the-browser", "name-the-port", "pin-the-certificate"}
"""Remedies that name a thing of Windows whatever the server's system: they say so themselves."""

# Words that switch a check off, in any client; not those that switch it on.
WEAKENING = re.compile(
    r"TrustServerCertificate(?!=false|=no|: false)|Trust server certificates|rejectUnauthorized(?!: true)|"
    r"NODE_TLS_REJECT_UNAUTHORIZED(?! must not be set)|curl -k|--insecure|"
    r"sslmode=(disable|allow|prefer|require)|Encrypt=(no|false|optional)|SECLEVEL=0|verify=False|"
    r"CERT_NONE|encrypt: false|sslVerify|ssl-mode=DISABLED|no-check-certificate",
    re.IGNORECASE,
)


def everything(one: Remedy) -> str:
    """Join all that a reader sees of a remedy."""
    return "\n".join((one.summary, *one.steps, one.proof))


@pytest.mark.parametrize("name", PROMISED)
def test_the_promised_names_exist(name: str) -> None:
    """Rules may name any of these."""
    assert name in REMEDIES


def test_the_demand_for_encryption_is_never_dropped() -> None:
    """That would trade a refused connection for a password in clear text."""
    assert not [name for name in REMEDIES if "drop-force" in name]
    for situation in SITUATIONS:
        for name in REMEDIES:
            text = everything(remedy(name, situation))
            assert "forceencryption 0" not in text
            assert "Force Encryption to No" not in text


def test_an_unknown_name_is_named() -> None:
    """A rule with a spelling mistake fails loudly."""
    with pytest.raises(ValueError, match="there is no remedy named trust-the-rot"):
        remedy("trust-the-rot", RemedyContext())


@pytest.mark.parametrize("name", REMEDIES)
def test_every_remedy_is_complete(name: str) -> None:
    """Owner, steps and proof are there; nothing is left to be filled in; sentences are sentences."""
    for one in (remedy(name, situation) for situation in SITUATIONS):
        assert isinstance(one.owner, Owner)
        assert one.steps
        assert one.summary.endswith(".")
        assert one.proof
        assert "\n" not in one.proof
        assert not re.search(r"\{[a-z_]+\}", everything(one).replace("2.5.29.17={text}", ""))
        assert "None" not in everything(one)
        for step in one.steps:
            sentence, *commands = step.split("\n")
            assert sentence[-1] in ".:", sentence
            assert all(command.strip() for command in commands), step


@pytest.mark.parametrize("name", REMEDIES)
def test_what_weakens_security_says_so(name: str) -> None:
    """A step that switches a check off stands only in a remedy marked for it, which says what is lost."""
    for one in (remedy(name, situation) for situation in SITUATIONS):
        assert one.weakens_security == bool(one.gives_up)
        assert one.weakens_security or not WEAKENING.search(everything(one)), one


def test_the_marked_remedies() -> None:
    """Exactly these give something up, in plain words."""
    marked = {name for name in REMEDIES if remedy(name, RemedyContext()).weakens_security}
    assert marked == {"trust-server-certificate", "trust-interception-root", "allow-in-windows"}
    assert (
        "pose as the server and read the password"
        in remedy("trust-server-certificate", RemedyContext()).gives_up
    )
    assert WEAKENING.search(everything(remedy("trust-server-certificate", RemedyContext())))


@pytest.mark.parametrize("name", REMEDIES)
def test_no_step_holds_a_password(name: str) -> None:
    """Passwords are asked for, never on a command line."""
    text = "\n".join(everything(remedy(name, situation)) for situation in SITUATIONS)
    assert not re.search(
        r"changeit|-(store|key)?pass(in|out)?\b[ :=]|pass:|--password[ =]|Pwd=|PGPASSWORD", text
    )


@pytest.mark.parametrize("name", REMEDIES)
def test_a_proof_is_a_command(name: str) -> None:
    """Every proof is one of certdoctor's own commands, spelled as the command line takes it."""
    words = shlex.split(remedy(name, SPECIFIC).proof)
    assert words[0] == "certdoctor"
    assert words[1] in {
        "verify",
        "prove",
        "probe",
        "match",
        "inspect",
        "password",
        "log",
        "diagnose",
        "trust",
        "expiry",
    }
    options = {"--ca", "--cert", "--key", "--host", "--protocol", "--ask-password", "--client", "--versions"}
    assert {word for word in words if word.startswith("-")} <= options


def test_paths_and_names_are_quoted_for_the_readers_shell() -> None:
    """The same remedy for a POSIX shell and for PowerShell."""
    assert remedy("trust-the-root", SPECIFIC).proof == "certdoctor prove db7.shop.example:1444 --client node"
    posix = remedy("renew-the-certificate", SPECIFIC).proof
    assert posix == "certdoctor verify db7.shop.example:1444 --ca 'roots/shop root.pem'"
    windows = remedy("convert-to-pem", replace(SPECIFIC, os=System.WINDOWS)).steps[1]
    assert windows.endswith("\ncertutil -f -encode 'it''s.p7b' converted.pem")
    assert "'it'\"'\"'s.p7b'" in remedy("convert-to-pem", SPECIFIC).steps[1]


@pytest.mark.parametrize("name", REMEDIES)
@pytest.mark.parametrize("os", [System.DEBIAN, System.WINDOWS])
def test_hostile_text_stays_text(name: str, os: System) -> None:
    """What a certificate or a peer says can neither add a command nor end a quoted word."""
    evil = "x'; $(touch pwned) `id` & calc\ntouch pwned2\x1b[2J"
    texts: dict[str, Any] = {
        f.name: evil
        for f in fields(RemedyContext)
        if f.name.endswith(("subject", "path", "name", "target", "host"))
    }
    situation = replace(
        RemedyContext(
            os=os, certificate_names=(evil,), covered_names=(evil,), ca_issuers=("http://h/" + evil,)
        ),
        **texts,
    )
    one = remedy(name, situation)
    for text in (one.summary, *one.steps, one.proof):
        assert "\x1b" not in text
        commands = text.split("\n")[1:]
        assert not [c for c in commands if "touch pwned" in c], text
    assert "touch pwned" not in one.proof
    assert "\n" not in one.summary


@pytest.mark.parametrize("name", REMEDIES)
def test_hostile_words_are_one_word_in_commands(name: str) -> None:
    """Names that quotes can carry arrive whole: each printed command parses, and holds them as one word."""
    evil = "a'; touch pwned #"
    names = ("ca_path", "cert_path", "key_path", "other_path", "host", "target", "root_common_name")
    texts: dict[str, Any] = dict.fromkeys(names, evil)
    situation = replace(
        RemedyContext(os=System.DEBIAN, certificate_names=(evil,), covered_names=(evil,)), **texts
    )
    one = remedy(name, situation)
    for command in (one.proof, *(c for s in one.steps for c in s.split("\n")[1:])):
        if "touch pwned" not in command or command.startswith(("certutil", "New-SelfSigned", "EXEC")):
            continue
        words = shlex.split(command)
        assert "touch" not in words, command
        assert any("; touch pwned #" in word for word in words), command


def test_text_that_no_quotes_can_carry_becomes_a_note() -> None:
    """The command names a stand-in, and the first step says what to put there."""
    one = remedy("use-the-matching-key", RemedyContext(key_path="a\nb.key"))
    assert one.proof == "certdoctor match --cert client.crt --key KEY-FILE"
    assert one.steps[0].startswith("Put the real name in place of KEY-FILE yourself")


def test_only_web_addresses_are_printed_to_fetch_from() -> None:
    """An address out of a certificate is used only if it is http or https."""
    steps = "\n".join(remedy("send-the-intermediate", replace(SPECIFIC, server_on=ServerSystem.LINUX)).steps)
    assert "curl -fsSL -o issuing-ca.cer http://pki.shop.example/issuing3.crt" in steps
    assert "ldap:" not in steps
    only_file = replace(SPECIFIC, ca_issuers=("file:///etc/shadow", "http://[broken"))
    assert "curl" not in "\n".join(remedy("add-intermediate-to-ca-file", only_file).steps)


def test_the_missing_intermediate_per_system_of_the_server() -> None:
    """Windows: the machine's store CA. Linux: the system's trust store, and not the PEM file."""
    windows = "\n".join(remedy("send-the-intermediate", RemedyContext(server_on=ServerSystem.WINDOWS)).steps)
    assert "certutil -addstore -f CA issuing-ca.pem" in windows
    assert "mssql-conf" not in windows
    linux = "\n".join(remedy("send-the-intermediate", RemedyContext(server_on=ServerSystem.LINUX)).steps)
    assert "Do not append" in linux
    assert "update-ca-certificates" in linux
    both = remedy("send-the-intermediate", RemedyContext()).steps
    assert [s.split(":")[0] for s in both if s.startswith("On ")] == ["On Windows", "On Linux"]
    assert both[-1] == WHICH_SERVER


@pytest.mark.parametrize("name", REMEDIES)
def test_commands_that_cmd_takes_otherwise_name_powershell(name: str) -> None:
    """Single quotes, variables and pipes mean something else there."""
    one = remedy(name, replace(SPECIFIC, os=System.WINDOWS))
    commands = "\n".join(line for step in one.steps for line in step.split("\n")[1:])
    if set("'$|") & {*commands}:
        assert "PowerShell" in "\n".join(one.steps)


_AS_ADMINISTRATOR = re.compile(
    r"""(?mx)^\ *(?:Restart-Service|Start-Service|net\ (?:stop|start)|w32tm\ /resync|New-NetFirewallRule|Enable-Tls|certreq\ -accept
    |certutil\ (?:-f\ )?-(?:addstore|delstore)|Import-Certificate\ .*LocalMachine|.*'Machine'\)|(?:Set|New)-ItemProperty\ .*HKLM
    |New-Item\ .*HKLM|certutil\ -v\ -store\ My|New-SelfSignedCertificate\ .*LocalMachine|.*certlm\.msc|.*Configuration\ Manager\ >)"""
)
"""Commands and tools that Windows gives to administrators alone."""


@pytest.mark.parametrize("name", REMEDIES)
def test_what_takes_an_administrator_on_windows_says_so(name: str) -> None:
    """In the step itself: it is read alone, and pasted alone."""
    for situation in SITUATIONS:
        for one in remedy(name, situation).steps:
            if _AS_ADMINISTRATOR.search(one):
                assert "administrator" in one.lower(), one


@pytest.mark.parametrize("name", REMEDIES)
def test_one_system_of_the_server_at_a_time(name: str) -> None:
    """Where the server's system is known no other's steps are told; where not, both are, and how to get one."""
    windows = "\n".join(remedy(name, replace(SPECIFIC, server_on=ServerSystem.WINDOWS)).steps)
    linux = "\n".join(remedy(name, replace(SPECIFIC, server_on=ServerSystem.LINUX)).steps)
    assert not re.search(r"mssql-conf|systemctl", windows) or "sp_" in windows
    assert not re.search(r"Restart-Service|Configuration Manager|New-SelfSigned", linux) or name in GENERAL
    unknown = remedy(name, replace(SPECIFIC, server_on=None)).steps
    by_system = windows != linux and name != "read-the-server-log"  # whose one command works on both
    assert unknown.count(WHICH_SERVER) == by_system
    azure = remedy(name, replace(SPECIFIC, server_on=ServerSystem.AZURE)).steps
    assert (azure == (AZURE,)) == (windows != linux)


def test_how_the_system_is_known_is_said_first() -> None:
    """Steps chosen by evidence name it; chosen by the reader they need no reason; clients hear nothing of it."""
    known = replace(SPECIFIC, server_on=ServerSystem.WINDOWS, server_because="its log says so")
    assert remedy("force-encryption", known).steps[0] == "The server runs on Windows: its log says so."
    told = replace(known, server_because="")
    assert not remedy("force-encryption", told).steps[0].startswith("The server runs")
    assert "The server runs on" not in everything(remedy("use-a-covered-name", known))


def test_the_root_goes_where_the_client_looks() -> None:
    """Hackolade: its own dialog; Java: keytool; unknown: the systems, and how to see the others."""
    hackolade = "\n".join(remedy("trust-the-root", RemedyContext(application="hackolade")).steps)
    assert "Server validation" in hackolade
    assert "update-ca-certificates" not in hackolade
    java = "\n".join(remedy("trust-the-root", RemedyContext(clients=("jdbc",), os=System.DEBIAN)).steps)
    assert "keytool -importcert -cacerts" in java
    windows = "\n".join(
        remedy("trust-the-root", RemedyContext(clients=("odbc-windows",), os=System.WINDOWS)).steps
    )
    assert "certutil -addstore -f Root" in windows
    assert "certdoctor trust steps" in "\n".join(remedy("trust-the-root", RemedyContext()).steps)


def test_names_for_a_new_certificate() -> None:
    """Every name asked for is in the request; an address is an address there."""
    steps = "\n".join(remedy("reissue-with-names", replace(SPECIFIC, server_on=ServerSystem.LINUX)).steps)
    assert "subjectAltName=DNS:db7.shop.example,DNS:db7,IP:10.1.2.3" in steps
    windows = "\n".join(remedy("reissue-with-names", replace(SPECIFIC, server_on=ServerSystem.WINDOWS)).steps)
    assert "-TextExtension '2.5.29.17={text}DNS=db7.shop.example&DNS=db7&IPAddress=10.1.2.3'" in windows
    names_alone = replace(
        SPECIFIC, server_on=ServerSystem.WINDOWS, certificate_names=("db7.shop.example", "db7")
    )
    assert "-DnsName db7.shop.example, db7 " in "\n".join(remedy("reissue-with-names", names_alone).steps)
    assert "trust csr --host db7.shop.example --host db7 --host '10.1.2.3' --server-os windows" in windows


def test_a_name_with_a_comma_adds_no_other_name() -> None:
    """A comma would begin a second subjectAltName in openssl's configuration."""
    steps = remedy(
        "reissue-with-names", RemedyContext(server_on=ServerSystem.LINUX, certificate_names=("a,DNS:evil",))
    ).steps
    assert "DNS:aDNS:evil" in "\n".join(steps)


def test_use_a_covered_name_offers_the_names() -> None:
    """The proof uses a name without a wildcard, and keeps the port."""
    one = remedy("use-a-covered-name", SPECIFIC)
    assert "*.old.example, db7-old.shop.example" in one.steps[0]
    assert one.proof.startswith("certdoctor verify db7-old.shop.example:1444 ")


def test_what_was_a_file_is_proven_with_the_file() -> None:
    """Its path is quoted, its name is the one it was judged for, and no server is made up."""
    file = replace(SPECIFIC, chain_path="it's chain.pem", chain_host="db7", target="HOST:PORT")
    base = ["certdoctor", "verify", "it's chain.pem", "--host"]
    ca = ["--ca", "roots/shop root.pem"]
    assert shlex.split(remedy("trust-the-root", file).proof) == [*base, "db7", *ca]
    assert shlex.split(remedy("use-a-covered-name", file).proof) == [*base, "db7-old.shop.example", *ca]
    assert shlex.split(remedy("set-host-name-in-certificate", file).proof) == [
        *base,
        "db7-old.shop.example",
        *ca,
    ]
    joined = remedy("add-intermediate-to-ca-file", replace(file, chain_host=None)).proof
    assert shlex.split(joined) == ["certdoctor", "verify", "it's chain.pem", "--ca", "corp-ca-chain.pem"]


def test_verify_again_repeats_what_the_reader_ran() -> None:
    """The command line is kept as it was."""
    one = remedy("verify-again", RemedyContext(command="certdoctor diagnose sql01 --log 'my log.txt'"))
    assert one.proof == "certdoctor diagnose sql01 --log 'my log.txt'"


@pytest.mark.parametrize(
    ("target", "port"),
    [
        ("a:1", 1),
        ("a,1444", 1444),
        ("tcp:a,1445", 1445),
        ("a", 1433),
        ("a\\x", 1433),
        ("[::1]:2", 2),
        ("a:99999", 1433),
    ],
)
def test_the_port_of_a_target(target: str, port: int) -> None:
    """A target without a usable port has SQL Server's."""
    assert RemedyContext(target=target).port == port


def test_generic_text_names_nothing_real() -> None:
    """The documentation's text stands on reserved names (RFC 2606)."""
    hosts = re.findall(
        r"[\w.-]+\.(?:com|net|org|example)\b",
        " ".join(everything(remedy(n, RemedyContext())) for n in REMEDIES),
    )
    assert set(hosts) == {"sql01.corp.example"}


def test_every_remedy_can_be_reached() -> None:
    """A rule names it."""
    named = {name for check in CHECKS for name in check.rule.remedies}
    assert set(REMEDIES) - named == set()


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (
            'private key file "/home/app/client.key" has group or world access; file must',
            "restrict-the-key-file",
        ),
        ('could not read root certificate file "/home/app/root.crt": no such file', "give-the-right-file"),
    ],
)
def test_the_words_of_a_log_choose_the_remedy_of_a_file(words: str, first: str) -> None:
    """A key that others can read is another matter than a file that is not there."""
    (event,) = reading.parse(f"psql: error: {words}\n".encode(), path="psql.log").events
    assert event.cause == "file-unreadable"
    assert claims.remedies(event) == (first,)


def test_an_unknown_program_gets_one_step_a_client() -> None:
    """Nobody said which one fails; Node's words alone may be Hackolade's."""
    steps = remedy("trust-the-root", RemedyContext(os=System.WINDOWS)).steps
    begin = [one.partition(":")[0] for one in steps[3:]]
    assert begin[:4] == ["Hackolade", "Node", "Java", "Windows, for the whole machine"]
    assert steps[-1].endswith("certdoctor trust steps corp-root.pem --for node")
    words_alone = RemedyContext(os=System.WINDOWS, clients=("node",), clients_named=False)
    steps = remedy("trust-the-root", words_alone).steps
    assert [one.partition(":")[0] for one in steps[4:-1]] == ["Hackolade", "Node"]
    named = remedy("trust-the-root", replace(words_alone, clients_named=True)).steps
    assert not any("Hackolade" in one for one in named)


def test_no_file_is_saved_over_another() -> None:
    """What the reader has stays; the root gets a name of its own."""
    has = RemedyContext(ca_path="other.pem", saved_as="corp-root-new.pem", clients=("node",))
    told = " ".join(remedy("trust-the-root", has).steps)
    assert "save it as corp-root-new.pem" in told
    assert "other.pem" not in told
    told = " ".join(remedy("give-the-root-instead", has).steps)
    assert "Name corp-root-new.pem where other.pem is named now" in told


@pytest.mark.parametrize(
    ("form", "recipe"),
    [
        ("DER certificate: ", "x509 -inform DER"),
        ("PKCS#7: ", "pkcs7 -inform DER"),
        ("PKCS#12: ", "pkcs12 -in"),
        ("PEM: utf-16", "iconv"),
    ],
)
def test_a_known_format_gets_the_recipe_that_fits(form: str, recipe: str) -> None:
    """One by hand, beside what certdoctor writes."""
    repair, by_hand, last = remedy("convert-to-pem", RemedyContext(os=System.DEBIAN, other_format=form)).steps
    assert "certdoctor repair" in repair
    assert recipe in by_hand
    assert last == "Name the new file in the connection's settings."


def test_a_named_instance_has_a_service_of_its_own() -> None:
    """MSSQL$NAME, wherever the default instance's name would stand."""
    told = " ".join(
        remedy(
            "install-a-real-certificate",
            RemedyContext(instance="SALES", server_on=ServerSystem.WINDOWS),
        ).steps
    )
    assert r"NT SERVICE\MSSQL$SALES" in told
    assert "Restart-Service -Name 'MSSQL$SALES'" in told
    assert "MSSQLSERVER" not in told


@pytest.mark.parametrize("folder", [r"C:\Users\***\certs" + "\\", "/home/***/certs/"])
def test_no_step_names_a_path_in_which_a_user_is_masked(folder: str) -> None:
    """Evidence hides who the user is; what is left can be pasted where the file is."""
    files = (
        FileFacts(path=f"{folder}corp-root.pem", role=Role.CA, size=1, format=Form.PEM),
        FileFacts(path=f"{folder}client.key", role=Role.KEY, size=1, format=Form.PEM),
    )
    evidence = Evidence(subject="sql01:1433", observed_at=datetime(2026, 6, 1, tzinfo=UTC), files=files)
    situation = remedy_context(evidence, None, System.WINDOWS, None)
    assert (situation.ca_path, situation.key_path) == ("corp-root.pem", "client.key")
    for name in REMEDIES:
        assert "***" not in everything(remedy(name, situation))
