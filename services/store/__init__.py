"""What is remembered for good, in MongoDB."""
