"""From the text of a log to the causes of failures, with the facts around each failure. No I/O."""
