"""Trust: building and verifying paths, and what each client would say about them."""
