"""The practice server: a small TDS/TLS server on 127.0.0.1 with one named fault per scenario."""
