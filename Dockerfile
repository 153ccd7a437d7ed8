# The server, for the roles `web`, `worker` and `all`. ffmpeg and deno come with Python wheels: no system package is added.

FROM python:3.13-slim AS packages
RUN python -m venv /venv
WORKDIR /build
COPY pyproject.toml ./
# The dependencies alone: this layer changes when they do, not with the code.
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > requirements.txt
RUN /venv/bin/pip install --no-cache-dir --requirement requirements.txt

FROM python:3.13-slim
# A number, so that Kubernetes' runAsNonRoot can see it; a home, for deno's cache.
RUN groupadd --gid 10001 music-dl \
    && useradd --uid 10001 --gid music-dl --create-home --shell /usr/sbin/nologin music-dl \
    && install --directory --owner=music-dl --group=music-dl /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY app.py ./
COPY models ./models
COPY services ./services
COPY blueprints ./blueprints
COPY deploy/healthcheck.py ./deploy/healthcheck.py
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MUSIC_DL_HOME=/data \
    CORE_SERVICE_PORT=9999
USER 10001:10001
VOLUME /data
EXPOSE 9999
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s CMD ["python", "-m", "deploy.healthcheck", "http://127.0.0.1:9999/health/ready"]
CMD ["python", "-m", "app"]
