"""The rules, by family. They see facts only: no I/O, no clock, no cryptography."""
