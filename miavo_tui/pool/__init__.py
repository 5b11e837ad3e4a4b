"""What the Pool screen knows of providers and credentials, free of any widget."""
