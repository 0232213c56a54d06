"""What a log says around a failure: endpoint, settings, programs, certificates."""
