"""The text of commands that show something of their own besides reports."""
