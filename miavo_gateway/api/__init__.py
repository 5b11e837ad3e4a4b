"""HTTP in: one file per endpoint family."""
