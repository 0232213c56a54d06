"""Connects to every server with the ssl module and prints what it says, one line of JSON per chain.

Reads lines "name TAB host TAB port TAB folder" from standard input. Run by other Python versions too.
"""

import json
import socket
import ssl
import sys


def judge(host: str, port: int, folder: str) -> dict[str, object]:
    """Connect as an application with a CA file does."""
    try:
        context = ssl.create_default_context(cafile=f"{folder}/ca.pem")
        with (
            socket.create_connection(("127.0.0.1", port), timeout=8) as plain,
            context.wrap_socket(plain, server_hostname=host),
        ):
            return {"ok": True, "code": None, "message": ""}
    except ssl.SSLCertVerificationError as error:
        return {"ok": False, "code": str(error.verify_code), "message": error.verify_message}
    except (OSError, ValueError) as error:
        return {"ok": False, "code": None, "message": str(error)}


for line in sys.stdin:
    name, host, port, folder = line.rstrip("\n").split("\t")
    print(json.dumps({"name": name, **judge(host, int(port), folder)}), flush=True)  # noqa: T201 - how the caller learns it
