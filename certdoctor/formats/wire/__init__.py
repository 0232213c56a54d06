"""What servers and clients say to each other before a login, both ways, without sockets."""
