"""The vocabulary: frozen facts, rules and reports. Imports nothing else of certdoctor."""
