"""The application: what it is made of, in the order in which it is put together."""
