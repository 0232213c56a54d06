"""Rules about the network and about a server's answers."""
