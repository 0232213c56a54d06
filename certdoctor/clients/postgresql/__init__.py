"""Drivers of PostgreSQL."""
