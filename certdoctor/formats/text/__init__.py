"""Text from outside: safe to print, without secrets, and how much of it is read."""
