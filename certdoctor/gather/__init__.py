"""The only room with sockets, files, environment and the clock."""
