"""Rules about files, keys and passwords."""
