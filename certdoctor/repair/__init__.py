"""Converts files into the form that one consumer reads. Bytes in, named bytes out."""
