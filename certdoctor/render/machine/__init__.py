"""Formats for programs: JSON, SARIF, JUnit, CSV, Prometheus, Nagios."""
