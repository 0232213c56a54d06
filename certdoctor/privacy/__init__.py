"""Pseudonyms for the names of hosts, users and networks, and copies of logs without secrets. No I/O."""
