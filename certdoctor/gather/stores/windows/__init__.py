"""What Windows trusts, by its registry: the stores, and what they say to one chain."""
