"""`local-storyboard`: the prompt as a storyboard, rendered on this machine without any model."""
