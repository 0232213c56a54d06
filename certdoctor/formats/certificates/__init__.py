"""Certificates to facts (RFC 5280)."""
