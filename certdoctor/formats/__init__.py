"""Bytes in, facts or one error type out. No sockets, no files, no clock."""

import warnings

# SQL Server's own certificates have negative serial numbers and the like: the facts report such oddities, so
# a library need not warn about them on stderr. The filter is set once, before any thread starts: filters are
# global, so threads that each set and restore one (catch_warnings) would undo each other's. It covers only
# calls that certdoctor makes itself (a warning belongs to the module that made the call), so a program that
# imports certdoctor keeps its own warnings. cryptography.x509.name calls itself when it reads a single name.
warnings.filterwarnings("ignore", module=r"(certdoctor|OpenSSL|cryptography\.x509\.name)(\.|$)")
