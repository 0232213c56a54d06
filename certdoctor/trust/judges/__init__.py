"""The judgements of clients that do not verify as OpenSSL does, one file for each TLS library."""
