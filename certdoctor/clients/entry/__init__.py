"""What the entry of a client consists of."""
