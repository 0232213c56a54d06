"""Turns files into what one consumer reads. Bytes in, named bytes out."""
