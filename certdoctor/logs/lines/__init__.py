"""Bytes of a log to readable lines, and lines to what a report shows of them."""
