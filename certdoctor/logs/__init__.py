"""From the text of a log to causes, with what the log says around each failure. No I/O."""
