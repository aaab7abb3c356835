"""A stand-in for the Docker client: its containers are processes of this machine.

Every fixture of pytest-celery and pytest-docker-tools reaches Docker through ``docker_client``
alone, so suites written against their public interface run without a Docker daemon.
"""
