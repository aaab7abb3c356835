"""Time travel: the target's real beat scheduler under a frozen clock, against an oracle."""
