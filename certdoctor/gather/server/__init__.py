"""The probe: sockets, the talk before TLS, the handshake."""
