"""Sound as samples: what engines and providers speak, put into the format that a caller wants."""
