"""Simulated realtime sessions, in the providers' own frames."""
