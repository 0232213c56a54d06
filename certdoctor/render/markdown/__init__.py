"""Reports and differences as Markdown."""
