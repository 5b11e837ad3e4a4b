"""The way out: credentials and their secrets, the pool that chooses among them, the transport."""
