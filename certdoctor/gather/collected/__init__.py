"""What a collector has recorded elsewhere, looked at as if from here."""
