"""Searches for the certificates that a chain lacks."""
