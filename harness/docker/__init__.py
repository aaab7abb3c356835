"""Docker, as far as the compose runtime needs it: the engine's HTTP API and the compose command."""
