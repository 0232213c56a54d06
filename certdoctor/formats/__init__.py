"""Bytes in, facts or one error type out. No sockets, no files, no clock."""
