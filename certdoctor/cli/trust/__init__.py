"""``certdoctor trust``: the stores of this machine, and how to give a CA to systems and applications."""
