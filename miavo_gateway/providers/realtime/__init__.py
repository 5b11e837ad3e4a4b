"""Realtime sessions: OpenAI's event language on one side, a provider's frames on the other."""
