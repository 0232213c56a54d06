"""Rules about the network and about what a server says on the wire."""
