"""The probe: sockets, the protocol before TLS, the handshake."""
