"""Files of sound and video: looked into, played, kept."""
