"""Text from outside: made safe to print, redacted, and limited in size."""
