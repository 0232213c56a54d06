"""Serves every chain on a port of its own on 127.0.0.1 until standard input ends.

Reads a folder with one sub-folder per chain (chain.pem, key.pem); prints {name: port} as one line of JSON.
At OpenSSL's security level 0, so that weak certificates are sent as they are; TLS 1.2 as inside TDS 7.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from pathlib import Path

ANSWER = b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Wait for the client's first bytes or its end, answer curl, and close."""
    try:
        await asyncio.wait_for(reader.read(1), 10)
        writer.write(ANSWER)
        writer.close()
    except (OSError, TimeoutError):
        writer.transport.abort()


async def main(chains: list[Path]) -> None:
    """Listen, print the ports, and stay until standard input ends."""
    # A client that refuses the certificate ends the handshake: that is the purpose, and no news.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    ports: dict[str, int] = {}
    for chain in chains:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.load_cert_chain(chain / "chain.pem", chain / "key.pem")
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        ports[chain.name] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)  # noqa: T201 - how the caller learns the ports
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sorted(Path(sys.argv[1]).iterdir())))
