"""Real databases with one fault each, and their real drivers in each of their modes."""
