"""The bundled shop under faults: one file per promise."""
