"""Simulators that speak the providers' own wire formats over loopback."""
