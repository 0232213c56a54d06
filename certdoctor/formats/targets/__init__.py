"""What a user writes for a server: hosts, connection strings, URLs, lists of them."""
