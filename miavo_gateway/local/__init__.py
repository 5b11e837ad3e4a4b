"""Engines that answer on this machine, with no credential."""
