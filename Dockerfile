# syntax=docker/dockerfile:1
# Govorun in a container. Targets: cpu (the default), and cuda, which wants the NVIDIA container toolkit on the host.
#   docker build -t govorun:cpu .
#   docker build -t govorun:cuda --target cuda .
#   docker run --init -p 8000:8000 -v govorun:/data govorun:cpu

FROM python:3.13-slim-trixie@sha256:ffb752e139c0a19692a43af8d8523b274222dd68eebad5d583b45c2201c6e30a AS base
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PATH=/opt/govorun/bin:$PATH \
    HOME=/data \
    GOVORUN_DATA_DIR=/data \
    GOVORUN_CACHE=/data/cache \
    MPLCONFIGDIR=/data/cache/matplotlib
RUN groupadd --gid 10001 govorun \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin govorun \
    && install --directory --owner govorun --group govorun /data

FROM base AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/govorun
WORKDIR /source
COPY pyproject.toml requirements.lock README.md LICENSE NOTICE ./
COPY avatar avatar
COPY speech speech
COPY motion motion
COPY orchestrator orchestrator
COPY govorun govorun

# The networks of faces and voices lie beside the packages, so a container fetches nothing when it starts.
FROM build AS build-cpu
RUN pip install --index-url https://download.pytorch.org/whl/cpu torch==2.13.0
RUN pip install -c requirements.lock ".[cluster]" \
    && govorun models pull face --cache /opt/govorun/share/govorun \
    && govorun models pull kokoro --cache /opt/govorun/share/govorun

FROM build AS build-cuda
RUN pip install -c requirements.lock ".[cluster,diffusion]" \
    && govorun models pull face --cache /opt/govorun/share/govorun \
    && govorun models pull kokoro --cache /opt/govorun/share/govorun

FROM base AS runtime
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["govorun"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]

FROM runtime AS cuda
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=build-cuda /opt/govorun /opt/govorun

FROM runtime AS cpu
COPY --from=build-cpu /opt/govorun /opt/govorun
