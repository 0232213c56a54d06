"""Drivers of SQL Server, and the languages and applications that carry them."""
