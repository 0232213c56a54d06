"""Private keys: containers, encryption, passwords, and rewriting."""
