"""The printed steps, run: refused before, accepted after, refused again after the undo.

Every test says how what is printed was changed to run here: only paths of the machine are replaced.
"""

from __future__ import annotations

import importlib.util
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from certdoctor.model.ids import ServerSystem, System
from certdoctor.remedies.client.stores import CaFile, steps
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.registry import remedy
from tests.printed import printed
from tests.remedies.printed_steps import CA_NAME, commands, make, missing, needs, sh

pytestmark = pytest.mark.real


@dataclass(frozen=True)
class Server:
    """A TLS server on loopback, and the root that signed its certificate."""

    port: int
    root: x509.Certificate
    other: x509.Certificate


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve one HTTP answer per connection, showing the leaf alone."""
    root = make("It's Corp Root CA 2020")
    other, _ = make("Other Root")
    leaf, key = make("localhost", root)
    folder = tmp_path_factory.mktemp("server")
    (folder / "pair.pem").write_bytes(
        leaf.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pair.pem")
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, args=(listener, context))
    thread.start()
    yield Server(port=listener.getsockname()[1], root=root[0], other=other)
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(10)


def serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    """Answer until the listener is closed; a client that refuses the certificate is an ordinary guest."""
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        plain.settimeout(10)
        try:
            with plain, context.wrap_socket(plain, server_side=True) as guest:
                guest.recv(4096)
                guest.sendall(b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        except OSError:
            continue


@pytest.fixture
def folder(tmp_path: Path, server: Server) -> Path:
    """Make a working directory with the root as PEM, DER and in a bundle."""
    pem = server.root.public_bytes(serialization.Encoding.PEM)
    (tmp_path / CA_NAME).write_bytes(pem)
    (tmp_path / "corp root.der").write_bytes(server.root.public_bytes(serialization.Encoding.DER))
    (tmp_path / "bundle.pem").write_bytes(server.other.public_bytes(serialization.Encoding.PEM) + pem)
    return tmp_path


def ca(path: str = CA_NAME, **known: bool | int) -> CaFile:
    """Describe a file of the folder."""
    return CaFile(
        path=path,
        common_name="It's Corp Root CA 2020",
        pem=bool(known.get("pem", True)),
        count=int(known.get("count", 1)),
    )


FILES = pytest.mark.parametrize(
    "file", [ca(), ca("corp root.der", pem=False), ca("bundle.pem", count=2)], ids=["pem", "der", "bundle"]
)


@FILES
def test_debian_trusts_it_until_it_is_removed(folder: Path, file: CaFile) -> None:
    """update-ca-certificates in a scratch root.

    Changed: sudo is dropped, the two folders of the system become folders here, and the tool is told
    about them by its own options; no hooks run.
    """
    needs("update-ca-certificates")
    needs("openssl")
    for name in ("local", "certs", "share", "hooks"):
        (folder / name).mkdir()
    shipped = make("A Shipped Root")[0].public_bytes(serialization.Encoding.PEM)
    (folder / "share/shipped.crt").write_bytes(shipped)
    (folder / "conf").write_text("shipped.crt\n")
    tool = (
        f"update-ca-certificates --localcertsdir {folder}/local --etccertsdir {folder}/certs "
        f"--certsdir {folder}/share --certsconf {folder}/conf --hooksdir {folder}/hooks"
    )

    assert sh(tool, folder).returncode == 0

    def here(script: str) -> str:
        script = script.replace("sudo ", "").replace("update-ca-certificates", tool)
        return script.replace("/usr/local/share/ca-certificates", f"{folder}/local").replace(
            "/etc/ssl/certs", f"{folder}/certs"
        )

    found = printed("debian", file.path, folder)
    if file.pem:
        assert sh(here(commands(found.check)), folder).returncode != 0
    added = sh(here("set -e\n" + commands(found.prepare, found.add)), folder)
    assert added.returncode == 0, added.stderr
    assert f"{file.count} added, 0 removed" in added.stdout
    assert "skipping it-s-corp-root" not in added.stderr
    proved = sh(here(commands(found.prove)), folder)
    assert proved.returncode == 0, proved.stderr
    assert ": OK" in proved.stdout
    assert sh(here(f'openssl verify -no-CAfile -CApath /etc/ssl/certs "{CA_NAME}"'), folder).returncode == 0
    undone = sh(here("set -e\n" + commands(found.undo)), folder)
    assert undone.returncode == 0, undone.stderr
    assert sh(here(commands(found.prove)), folder).returncode != 0
    assert (folder / "certs/ca-certificates.crt").read_bytes() == shipped
    assert not [link for link in (folder / "certs").iterdir() if not link.exists()]


OTHER_WAY = ("certdoctor ", "SSL_CERT_FILE=")


@FILES
def test_node_connects_with_the_variable_only(folder: Path, file: CaFile, server: Server) -> None:
    """NODE_EXTRA_CA_CERTS. Nothing is changed: add, prove and undo run in one shell as printed.

    Left out is the other way, --use-openssl-ca: it has a test of its own.
    """
    needs("node")
    found = printed("node", file.path, folder, host="localhost", port=server.port)
    prove = commands(found.prove)
    before = sh(prove, folder)
    assert before.returncode == 1
    assert before.stderr.startswith("UNABLE_TO_VERIFY_LEAF_SIGNATURE")
    check = commands(found.check)
    assert sh(check, folder).returncode != 0
    after = sh("\n".join((commands(found.prepare, found.add, but=OTHER_WAY), prove)), folder)
    assert after.stdout == "trusted\n", after.stderr
    checked = sh("\n".join((commands(found.prepare, found.add, but=OTHER_WAY), check)), folder)
    assert checked.stdout.startswith(f"{folder}/")
    undone = sh(
        "\n".join((commands(found.prepare, found.add, but=OTHER_WAY), commands(found.undo), prove)), folder
    )
    assert undone.stderr.startswith("UNABLE_TO_VERIFY_LEAF_SIGNATURE")


def test_node_ignores_der_without_a_word(folder: Path, server: Server) -> None:
    """Why the conversion comes first: without it nothing is said and nothing is trusted."""
    needs("node")
    found = steps("node", ca("corp root.der"), os=System.DEBIAN, host="localhost", port=server.port)
    done = sh("\n".join((commands(found.add, but=OTHER_WAY), commands(found.prove))), folder)
    assert done.stderr.startswith("UNABLE_TO_VERIFY_LEAF_SIGNATURE")
    assert "Warning" not in done.stderr


REQUESTS = """
import sys, requests
try:
    print(requests.get(f"https://localhost:{sys.argv[1]}/", timeout=10).status_code)
except requests.exceptions.SSLError as problem:
    print("unable to get local issuer certificate" in str(problem) or problem)
"""


def test_requests_connects_with_the_joined_file_only(folder: Path, server: Server) -> None:
    """REQUESTS_CA_BUNDLE with the real library. Nothing is changed; 404 is the server's own answer."""
    if importlib.util.find_spec("requests") is None:
        missing("requests is not installed: pip install 'certdoctor[drivers]'")
    (folder / "connect.py").write_text(REQUESTS)
    connect = f"python connect.py {server.port}"
    found = printed("python", CA_NAME, folder)
    add = commands(found.add)
    assert sh(connect, folder).stdout == "True\n"
    assert sh(f"{add}\n{connect}", folder).stdout == "404\n"
    assert sh(f"{add}\n{commands(found.undo)}\n{connect}", folder).stdout == "True\n"


JAVA_CLIENT = """
public class Connect {
    public static void main(String[] words) throws Exception {
        try (var socket = javax.net.ssl.SSLSocketFactory.getDefault().createSocket("localhost", Integer.parseInt(words[0]))) {
            ((javax.net.ssl.SSLSocket) socket).startHandshake();
            System.out.println("trusted");
        } catch (javax.net.ssl.SSLException problem) {
            System.out.println(problem.getMessage());
        }
    }
}
"""


@FILES
def test_java_connects_while_keytool_has_it(folder: Path, file: CaFile, server: Server) -> None:
    """Import into a copy of cacerts.

    Changed: -cacerts becomes -keystore COPY -storepass with the password that JDKs come with, and the
    import says yes by -noprompt; the proof by a client in Java is this test's own.
    """
    needs("keytool")
    needs("java")
    home = Path(shutil.which("keytool") or "").resolve().parents[1]
    shutil.copy(home / "lib/security/cacerts", folder / "cacerts")
    (folder / "Connect.java").write_text(JAVA_CLIENT)
    if sh("java --list-modules | grep -q jdk.compiler", folder).returncode != 0:
        missing("this Java has no compiler")
    connect = f"java -Djavax.net.ssl.trustStore=cacerts Connect.java {server.port}"

    def here(script: str) -> str:
        script = script.replace("-importcert", "-importcert -noprompt")
        return script.replace("-cacerts", "-keystore cacerts -storepass changeit")

    found = printed("java", file.path, folder)
    listed = here(commands(found.prove))
    assert sh(listed, folder).returncode != 0
    added = sh(here("set -e\n" + commands(found.prepare, found.add)), folder)
    assert added.returncode == 0, added.stdout + added.stderr
    assert "trustedCertEntry" in sh(listed, folder).stdout
    if file.count > 1:  # once is enough: each start of Java takes a second
        assert sh(connect, folder).stdout == "trusted\n"
    undone = sh(here("set -e\n" + commands(found.undo)), folder)
    assert undone.returncode == 0, undone.stdout
    assert sh(listed, folder).returncode != 0
    if file.count > 1:
        assert "PKIX path building failed" in sh(connect, folder).stdout


PYTHON_CLIENT = """
import socket, ssl, sys
with socket.create_connection(("localhost", int(sys.argv[1]))) as plain:
    try:
        with ssl.create_default_context().wrap_socket(plain, server_hostname="localhost"):
            print("trusted")
    except ssl.SSLError as problem:
        print(problem.verify_message)
"""


@FILES
def test_python_connects_with_the_variable_only(folder: Path, file: CaFile, server: Server) -> None:
    """SSL_CERT_FILE, and the joined file for requests. Nothing is changed; the client is this test's own."""
    (folder / "connect.py").write_text(PYTHON_CLIENT)
    connect = f"python connect.py {server.port}"
    found = printed("python", file.path, folder)
    add = commands(found.prepare, found.add)
    assert sh(connect, folder).stdout == "unable to get local issuer certificate\n"
    assert sh(f"{add}\n{connect}", folder).stdout == "trusted\n"
    undone = sh(f"{add}\n{commands(found.undo)}\n{connect}", folder)
    assert undone.stdout == "unable to get local issuer certificate\n"
    sh(add, folder)
    (joined,) = (path.name for path in folder.glob("*-and-public.pem"))
    assert sh(f"{add}\nSSL_CERT_FILE={joined} {connect}", folder).stdout == "trusted\n"
    loaded = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    loaded.load_verify_locations(folder / joined)
    assert len(loaded.get_ca_certs()) > 50


@pytest.mark.parametrize("form", ["p7b", "utf16", "key"])
def test_what_no_store_takes_is_written_anew(folder: Path, form: str, server: Server) -> None:
    """Certdoctor repair as printed, then curl with its result. Nothing is changed."""
    needs("curl")
    made = {
        "p7b": 'openssl crl2pkcs7 -nocrl -certfile "$CA" -out odd',
        "utf16": 'iconv -f UTF-8 -t UTF-16 "$CA" > odd',
        "key": 'openssl genrsa 2048 > odd && cat "$CA" >> odd',
    }[form]
    assert sh(f'CA="{CA_NAME}"\n{made}', folder).returncode == 0
    (folder / "odd").rename(folder / "odd 'name.txt")
    found = printed("curl", "odd 'name.txt", folder, host="localhost", port=server.port)
    assert sh(commands(found.add).splitlines()[0], folder).returncode != 0
    done = sh("set -e\n" + commands(found.prepare, found.prove, but=()), folder)
    assert done.returncode == 0, done.stderr
    (result,) = folder.glob("*-repaired/*")
    assert "PRIVATE KEY" not in result.read_text()


@FILES
def test_curl_connects_with_the_file_only(folder: Path, file: CaFile, server: Server) -> None:
    """--cacert and CURL_CA_BUNDLE. Nothing is changed."""
    needs("curl")
    found = printed("curl", file.path, folder, host="localhost", port=server.port)
    plain = f"curl -sS https://localhost:{server.port}/"
    assert sh(plain, folder).returncode == 60
    assert sh(commands(found.prepare, found.prove), folder).returncode == 0
    add = commands(found.prepare, found.add)
    assert sh(f"{add}\n{plain}", folder).returncode == 0
    assert sh(f"{add}\n{commands(found.undo)}\n{plain}", folder).returncode == 60


def test_git_connects_with_the_setting_only(folder: Path, server: Server) -> None:
    """http.sslCAInfo in the configuration of an empty home. Nothing is changed."""
    needs("git")
    found = printed("git", CA_NAME, folder)
    ask = f"git ls-remote https://localhost:{server.port}/x.git"
    assert "certificate" in sh(ask, folder).stderr
    assert sh(commands(found.check), folder).returncode != 0
    added = sh(f"set -e\n{commands(found.add)}\n{commands(found.prove)}", folder)
    assert added.stdout == f"{folder}/{CA_NAME}\n"
    assert sh(commands(found.check), folder).stdout == added.stdout
    assert "not found" in sh(ask, folder).stderr
    assert sh(commands(found.undo), folder).returncode == 0
    assert "certificate" in sh(ask, folder).stderr


@FILES
def test_nss_calls_it_a_ca_until_it_is_deleted(folder: Path, file: CaFile) -> None:
    """NSS's certutil in an empty home, where the store is made first. Nothing is changed."""
    needs("certutil")
    store = folder / ".pki/nssdb"
    store.mkdir(parents=True)
    assert sh(f"certutil -N -d sql:{store} --empty-password", folder).returncode == 0
    found = printed("firefox-nss", file.path, folder)
    if file.count == 1:
        assert sh(commands(found.check), folder).returncode != 0
    added = sh("set -e\n" + commands(found.prepare, found.add), folder)
    assert added.returncode == 0, added.stderr
    assert "certificate is valid" in sh(commands(found.prove), folder).stdout
    assert sh("set -e\n" + commands(found.undo), folder).returncode == 0
    assert sh(commands(found.prove), folder).returncode != 0


def test_the_request_for_a_certificate_holds_the_names(folder: Path) -> None:
    """The openssl line of install-a-real-certificate, as printed."""
    needs("openssl")
    situation = RemedyContext(
        server_on=ServerSystem.LINUX, certificate_names=("sql01.corp.example", "sql01", "10.1.2.3")
    )
    one = remedy("install-a-real-certificate", situation)
    line = next(c for c in commands(one.steps).splitlines() if c.startswith("openssl req"))
    assert sh(line, folder).returncode == 0
    request = x509.load_pem_x509_csr((folder / "server.csr").read_bytes())
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["sql01.corp.example", "sql01"]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["10.1.2.3"]
    purposes = request.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert request.public_key().key_size == 2048  # type: ignore[union-attr]


@pytest.mark.parametrize("form", ["der", "p7b", "p12", "utf16"])
def test_each_form_becomes_the_same_pem(folder: Path, form: str, server: Server) -> None:
    """The lines of convert-to-pem, as printed but for the password of the PKCS#12, given by an option."""
    needs("openssl")
    name = f"odd 'name.{form}"
    made = {
        "der": "openssl x509 -in ca.pem -outform DER -out made",
        "p7b": "openssl crl2pkcs7 -nocrl -certfile ca.pem -outform DER -out made",
        "p12": "openssl pkcs12 -export -nokeys -in ca.pem -passout pass:x -out made",
        "utf16": "iconv -f UTF-8 -t UTF-16 ca.pem > made",
    }
    (folder / "ca.pem").write_bytes((folder / CA_NAME).read_bytes())
    assert sh(made[form], folder).returncode == 0
    (folder / "made").rename(folder / name)
    one = remedy("convert-to-pem", RemedyContext(other_path=name))
    begins = {"der": "openssl x509", "p7b": "openssl pkcs7", "p12": "openssl pkcs12", "utf16": "iconv"}
    line = next(c for c in commands(one.steps).splitlines() if c.startswith(begins[form]))
    done = sh(line.replace("-nokeys", "-nokeys -passin pass:x"), folder)
    assert done.returncode == 0, done.stderr
    result = x509.load_pem_x509_certificates((folder / "converted.pem").read_bytes())
    assert result == [server.root]


def test_files_without_a_last_newline_are_joined_apart(folder: Path, server: Server) -> None:
    """The join of add-intermediate-to-ca-file does not glue END to BEGIN."""
    pem = (folder / CA_NAME).read_bytes().rstrip()
    (folder / CA_NAME).write_bytes(pem)
    (folder / "issuing-ca.pem").write_bytes(server.other.public_bytes(serialization.Encoding.PEM))
    one = remedy("add-intermediate-to-ca-file", RemedyContext(ca_path=CA_NAME))
    assert sh(commands(one.steps), folder).returncode == 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(folder / "corp-ca-chain.pem")
    assert len(context.get_ca_certs()) == 2


def test_a_key_in_single_des_is_written_in_aes(folder: Path) -> None:
    """The line of re-encrypt-the-key; the passwords that it asks for are given by options here."""
    needs("openssl")
    made = (
        "openssl genrsa 2048 | openssl rsa -provider default -provider legacy -des -traditional "
        "-passout pass:old -out client.key"
    )
    assert sh(made, folder).returncode == 0
    assert "DES-CBC" in (folder / "client.key").read_text()
    one = remedy("re-encrypt-the-key", RemedyContext())
    line = next(c for c in commands(one.steps).splitlines() if c.startswith("openssl pkcs8"))
    done = sh(f"{line} -passin pass:old -passout pass:new", folder)
    assert done.returncode == 0, done.stderr
    key = serialization.load_pem_private_key((folder / "new.key").read_bytes(), b"new")
    assert key.key_size == 2048  # type: ignore[union-attr]
