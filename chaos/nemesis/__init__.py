"""Faults at random: chosen by a seed, applied, saved, repeated, reduced to those that matter."""
