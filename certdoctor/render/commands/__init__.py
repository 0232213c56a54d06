"""The text of commands that show more than reports."""
