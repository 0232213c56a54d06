"""Bytes in, facts or one error type out. No sockets, no files, no clock."""

import warnings

# SQL Server's own certificates have negative serials and the like: the oddity is told in the facts, not as
# a warning of a library on stderr. The filter is set once, before any thread is: one that each call sets and
# takes back (catch_warnings) is one for all threads, and they undo each other's. It holds for what
# certdoctor itself calls (a warning belongs to the module that made the call), so a program that imports
# certdoctor keeps its own warnings.
# cryptography.x509.name calls itself when it reads a name that stands alone.
warnings.filterwarnings("ignore", module=r"(certdoctor|OpenSSL|cryptography\.x509\.name)(\.|$)")
