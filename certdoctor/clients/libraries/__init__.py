"""Libraries and tools that do TLS alone, whatever the server is."""
