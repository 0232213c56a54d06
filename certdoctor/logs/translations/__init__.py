"""Messages in other languages than English: which language it is, and the same sentence in English."""
