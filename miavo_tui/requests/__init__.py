"""What the Usage screen knows of requests, free of any widget."""
