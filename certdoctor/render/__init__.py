"""Reports to text, JSON, JSON Lines and Markdown. Every renderer returns a string; none prints."""
