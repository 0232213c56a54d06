"""Preflight files, and the run that checks what is about to be deployed."""
