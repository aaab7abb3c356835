"""What runs inside Locust's process. Nothing of Crucible's own process may import it."""
