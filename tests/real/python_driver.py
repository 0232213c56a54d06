"""Makes one connection with mssql-python or pymssql and prints what the driver says, as one line of JSON.

Input: a JSON object on standard input, ``{"driver", "host", "port", "encrypt", "trust", "timeout"}`` with seconds.
Output: ``{"ok", "name", "code", "message", "printed"}``. Which CA it trusts, its environment says.
"""

from __future__ import annotations

import json
import sys
import traceback
from typing import Any

USER = "practice"
PASSWORD = "practice"  # noqa: S105 - the practice server refuses every login
SQL_ATTR_LOGIN_TIMEOUT = 103


def with_mssql_python(job: dict[str, Any]) -> None:
    """Connect with Microsoft's driver for Python, which carries its ODBC driver 18."""
    import mssql_python  # noqa: PLC0415 - only one of the two may be installed

    told = ""
    if job["encrypt"] is not None:
        told = f"Encrypt={ {'on': 'yes', 'off': 'no', 'strict': 'strict'}[job['encrypt']] };"
    if job["trust"]:
        told += "TrustServerCertificate=yes;"
    mssql_python.connect(
        f"Server={job['host']},{job['port']};UID={USER};PWD={PASSWORD};{told}ConnectRetryCount=0",
        attrs_before={SQL_ATTR_LOGIN_TIMEOUT: job["timeout"]},
    )


def with_pymssql(job: dict[str, Any]) -> None:
    """Connect with pymssql; everything but the port is in the file that FREETDSCONF names."""
    import pymssql  # noqa: PLC0415 - likewise

    pymssql.connect(
        server="practice", port=str(job["port"]), user=USER, password=PASSWORD, login_timeout=job["timeout"]
    )


def main() -> None:
    """Connect, and print how that ended."""
    job = json.load(sys.stdin)
    answer: dict[str, object] = {"ok": True, "name": None, "code": None, "message": None, "printed": None}
    try:
        {"mssql-python": with_mssql_python, "pymssql": with_pymssql}[job["driver"]](job)
    except Exception as error:  # noqa: BLE001 - whatever the driver raises is the answer
        code, message = None, str(error)
        if job["driver"] == "pymssql" and len(error.args) == 1 and isinstance(error.args[0], tuple):
            number, text = error.args[0]
            code, message = str(number), text.decode("utf-8", "replace")
        answer = {
            "ok": False,
            "name": f"{type(error).__module__}.{type(error).__name__}",
            "code": code,
            "message": message,
            "printed": traceback.format_exc(),
        }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
