"""The application: what it is made of, in the order in which it is put together."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

from sanic import Sanic
from sanic.worker.loader import AppLoader
from sanic.worker.manager import WorkerManager
from sanic_ext import Extend
from sanic_ext.extensions.http.extension import HTTPExtension

from blueprints import (
    access_log,
    admin,
    admin_page,
    api_docs,
    batches,
    cors,
    downloads,
    errors,
    guards,
    health,
    lifecycle,
    match,
    media,
    metadata,
    metrics,
    middleware,
    page,
    progress,
    revival,
    session,
    static_files,
    stop_signals,
)
from blueprints.injection import InjectionAtStart
from models.settings import Settings, SettingsError
from services import logs
from services.metrics import shared_counts

ROOT = Path(__file__).resolve().parent
ENV_FILE = ROOT / "_local" / "local.env"

START_DEADLINE_S = 120
"""Sanic gives up, and kills all, when its processes are not up by then; its own 30 s are short on a busy machine."""
OF_WORKERS = (health, metrics, admin, admin_page, api_docs, static_files)
"""What a process that only downloads serves, too: probes and numbers for its operator."""
OF_USERS = (metadata, downloads, match, batches, progress, media, session, page)


def create_app(
    *, settings: Settings | None = None, name: str = "music_dl", counts: Path | None = None
) -> Sanic[Any, Any]:
    """The application, not yet started; does no I/O but reading the settings. Raises `SettingsError`.

    `counts` is the folder where the processes of one server share the numbers for `/metrics`.
    """
    settings = settings or Settings.from_env(os.environ, ENV_FILE)
    app: Sanic[Any, Any] = Sanic(name, configure_logging=False, request_class=access_log.TracedRequest)
    configure(app, settings)
    Extend(app, built_in_extensions=False, extensions=[InjectionAtStart, api_docs.ApiDescription, HTTPExtension])
    errors.register(app)
    middleware.register(app)
    guards.register(app, settings)
    cors.register(app, settings)
    api_docs.register(app, settings)
    lifecycle.register(app, settings, counts=counts)
    for module in OF_WORKERS if settings.music_dl_role == "worker" else (*OF_WORKERS, *OF_USERS):
        app.blueprint(module.bp)
    return app


def configure(app: Sanic[Any, Any], settings: Settings) -> None:
    """Sanic's own knobs."""
    app.config.ACCESS_LOG = False
    app.config.MOTD = False
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.PROXIES_COUNT = settings.proxies_count or None
    app.config.REQUEST_MAX_SIZE = 1_000_000
    app.config.KEEP_ALIVE_TIMEOUT = 75
    # Far beyond what a client may say; and the progress sockets have their own ping, on one clock for all.
    app.config.WEBSOCKET_MAX_SIZE = 131_072
    app.config.WEBSOCKET_PING_INTERVAL = 0
    # A download request waits on purpose; Sanic's own limit must lie beyond ours.
    app.config.RESPONSE_TIMEOUT = settings.download_wait_ms / 1000 + 60
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = settings.stop_grace_ms / 1000 + 5
    # No origin is allowed, so there is no header to be added to every answer.
    app.config.CORS = False
    app.config.OAS_URL_PREFIX = "/docs"
    # sanic-ext's own pages load from elsewhere; `api_docs` has one that does not.
    app.config.OAS_UI_REDOC = app.config.OAS_UI_SWAGGER = False
    app.config.API_TITLE = "music-dl-server"
    app.config.API_VERSION = "1"


def load_app(counts: Path | None = None) -> Sanic[Any, Any]:
    """The application as each process of the server makes it: settings read there, logs in place."""
    settings = Settings.from_env(os.environ, ENV_FILE)
    logs.configure(settings.log_level)
    return create_app(settings=settings, counts=counts)


def main() -> int:
    """Serves until stopped; the exit code."""
    try:
        settings = Settings.from_env(os.environ, ENV_FILE)
    except SettingsError as error:
        print(f"The settings cannot be used:\n{error}", file=sys.stderr)
        return 2
    if settings.workers == 1:
        app = load_app()
        prepare(app, settings)
        Sanic.serve_single(primary=app)
        return 0
    # Several processes, each of which makes an application of its own.
    WorkerManager.THRESHOLD = START_DEADLINE_S * 10
    with shared_counts(settings.music_dl_home) as counts:
        loader = AppLoader(factory=partial(load_app, counts))
        app = loader.load()
        prepare(app, settings)
        revival.register(app)
        stop_signals.register(app)
        Sanic.serve(primary=app, app_loader=loader)
    return 0


def prepare(app: Sanic[Any, Any], settings: Settings) -> None:
    """Where and how to listen."""
    app.prepare(
        host=settings.core_service_host,
        port=settings.core_service_port,
        single_process=settings.workers == 1,
        workers=settings.workers,
        access_log=False,
        motd=False,
    )


if __name__ == "__main__":
    sys.exit(main())
