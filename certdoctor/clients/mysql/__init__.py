"""Drivers of MySQL and MariaDB."""
