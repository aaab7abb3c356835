# The bundled shop, without anything of Crucible's: what docker-compose.yml runs most services from.
ARG PYTHON_IMAGE=python:3.11-slim
FROM ${PYTHON_IMAGE}

# For places with a package index or a proxy of their own; empty means pip's default.
ARG PIP_INDEX_URL
ARG PIP_CERT

ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY pyproject.toml uv.lock system_under_test/deploy/requirements.py /build/
RUN python /build/requirements.py /build >/build/requirements.txt \
    && { [ -n "$PIP_INDEX_URL" ] || unset PIP_INDEX_URL; } \
    && { [ -n "$PIP_CERT" ] || unset PIP_CERT; } \
    && pip install --no-cache-dir --requirement /build/requirements.txt
COPY system_under_test /app
RUN python -m compileall -q /app
