"""Things of any kind that somebody sent: sorted by their content, and joined into one case."""
