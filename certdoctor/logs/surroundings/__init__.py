"""The facts around a failure in a log: endpoint, settings, programs, certificates."""
