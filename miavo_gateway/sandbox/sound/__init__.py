"""What the providers' interfaces for speech, music and transcription answer, simulated."""
