"""Remedies that the administrator of a server carries out."""
