"""How each protocol comes to TLS: one module a dialect."""
