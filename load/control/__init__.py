"""Crucible's side of a load: what Locust asks and is told, over HTTP on this machine."""
