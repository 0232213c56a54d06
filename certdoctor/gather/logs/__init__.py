"""Logs from files, folders, archives and standard input."""
