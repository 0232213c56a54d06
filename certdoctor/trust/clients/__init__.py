"""What each client would say."""
