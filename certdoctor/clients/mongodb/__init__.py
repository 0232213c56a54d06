"""Drivers of MongoDB."""
