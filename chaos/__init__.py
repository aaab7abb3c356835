"""Faults, and the ways to apply them: by hand, by a scenario, by the nemesis."""
