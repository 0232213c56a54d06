"""Answers of the commands of `trust`."""
