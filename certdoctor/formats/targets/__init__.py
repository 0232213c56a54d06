"""The ways to name a server: hosts, connection strings, URLs, and lists of them."""
