"""The commands ``crucible chaos`` and ``crucible shrink``."""
