"""Rules about certificates and the chains they form."""
