"""Who asked: access records, from the request that leaves one to the database, and where addresses are."""
