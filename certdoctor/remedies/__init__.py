"""What to do about it: steps per operating system, application and server, as pure functions over data."""
