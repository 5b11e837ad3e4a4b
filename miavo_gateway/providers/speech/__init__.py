"""From a text to a provider's request for speech or music, and back to samples."""
