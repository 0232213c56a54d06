"""The messages of servers and clients before a login, parsed and built, without sockets."""
