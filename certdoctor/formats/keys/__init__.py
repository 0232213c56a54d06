"""Private keys: container, encryption, passwords, and keys written anew."""
