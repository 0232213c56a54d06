"""Rules about the contents of logs."""
