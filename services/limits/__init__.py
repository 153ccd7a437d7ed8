"""What each caller may do at most: requests in a minute, things that last at a time."""
