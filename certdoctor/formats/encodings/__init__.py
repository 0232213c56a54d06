"""DER, PEM and related encodings: the outer form of a file, before its contents are parsed."""
