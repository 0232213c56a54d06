"""Rules about what logs tell."""
