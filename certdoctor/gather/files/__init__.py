"""Files and folders that the user named: read within limits, written completely or not at all."""
