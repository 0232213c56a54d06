"""certdoctor finds out why a database connection fails over a certificate.

The package is a command-line tool first; its rooms and the one direction in which data
flows through them are drawn in ``docs/architecture.md``.
"""

__version__ = "0.1.0"
