"""What the Gateway screen knows of the running gateway, free of any widget."""
