"""DER, PEM and their relatives: what a file consists of, before anything in it is understood."""
