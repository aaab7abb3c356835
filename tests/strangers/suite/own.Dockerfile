ARG BASE=python
FROM ${BASE} AS tools
COPY my_app.py /opt/tools/

FROM ${BASE}
# The worker's own system
RUN adduser --disabled-password --gecos "" someone && \
    apt-get update && apt-get install -y build-essential \
    git

ARG CELERY_VERSION=""
ARG CELERY_WORKER_NAME=image_worker
ARG UNUSED
ENV FROM_IMAGE="baked in" \
    QUEUE=${UNUSED:-image_queue}
ENV PYTHONUNBUFFERED=1

WORKDIR /src
COPY requirements.txt .
RUN pip install --no-cache-dir --upgrade pip && pip install -r ./requirements.txt "celery[redis]${CELERY_VERSION:+==$CELERY_VERSION}"
ARG FROM_GIT=""
RUN if [ -n "$FROM_GIT" ]; then pip install git+https://example.com/celery.git; fi
RUN printenv QUEUE || echo none
COPY --from=tools /opt/tools/ /opt/tools
WORKDIR /app
USER someone
CMD celery -A app worker --loglevel=INFO -n image_worker@%h -Q $QUEUE
