"""Looks for certificates that a chain lacks."""
