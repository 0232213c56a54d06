"""Files and folders that a user named: read with bounds, and written whole or not at all."""
