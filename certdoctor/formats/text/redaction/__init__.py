"""Where secrets stand in a text: one module for each kind of place, all linear in the length of the text."""
