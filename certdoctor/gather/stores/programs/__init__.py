"""Stores that programs bring along, beside those of the system."""
