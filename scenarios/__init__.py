"""Scenario suites: what `crucible run` runs."""
