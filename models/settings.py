"""Every setting of the server: one typed, frozen object, read once from `_local/local.env` and the environment.

Nothing else reads the environment. All faults are reported together (`SettingsError`). Secrets mask themselves.
An empty value means "not set".
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from models.bucket import BucketKind, parse_bucket_name
from models.setting_types import ApiKeys, BaseUrl, JsonObject, Origins

Role = Literal["all", "web", "worker"]


class SettingsError(Exception):
    """The settings cannot be used; the text has one line for each fault."""


class Settings(BaseModel):
    """The server's settings; field names are the environment's names in lower case."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, validate_default=True)

    # -- server
    core_service_host: str = Field("0.0.0.0", description="Address to listen on.")
    core_service_port: int = Field(9999, ge=0, le=65535, description="Port to listen on.")
    workers: int = Field(1, ge=1, le=64, description="Web processes; more than one needs RABBIT_MQ_URL.")
    music_dl_home: Path = Field(
        Path("var"), description="Folder of all files: audio, embedded database; processes of one machine may share it."
    )
    public_base_url: BaseUrl | None = Field(
        None, description="Address under which clients reach this server; by default the one each request came to."
    )
    proxies_count: int = Field(
        0, ge=0, description="Trusted proxies in front; X-Forwarded-* headers are ignored when 0."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much is logged.")
    stop_grace_ms: int = Field(
        10_000, ge=0, description="Milliseconds that running work may take to finish when the server stops."
    )

    # -- Spotify
    spotify_client_id: str | None = Field(None, description="Client id of your Spotify app.")
    spotify_client_secret: SecretStr | None = Field(None, description="Client secret of your Spotify app.")
    spotify_api_host: BaseUrl = Field("https://api.spotify.com", description="Base address of Spotify's Web API.")
    spotify_access_token_url: BaseUrl = Field(
        "https://accounts.spotify.com/api/token", description="Address that gives access tokens."
    )
    spotify_public_host: BaseUrl | None = Field(
        None, description="Base address that stands for open.spotify.com and the short-link hosts, path kept."
    )
    spotify_public_fallback: bool = Field(
        True, description="Read a refused playlist from its public embed page (at most 100 rows)."
    )
    spotify_track_cache_ttl_duration_ms: int = Field(
        86_400_000, ge=0, description="Milliseconds for which a track's metadata is fresh."
    )
    spotify_album_cache_ttl_duration_ms: int = Field(
        86_400_000, ge=0, description="Milliseconds for which an album's metadata is fresh."
    )
    spotify_playlist_cache_ttl_duration_ms: int = Field(
        300_000, ge=0, description="Milliseconds for which a playlist's metadata is fresh."
    )
    spotify_artist_cache_ttl_duration_ms: int = Field(
        86_400_000, ge=0, description="Milliseconds for which an artist's metadata is fresh."
    )
    metadata_stale_ms: int = Field(
        604_800_000, ge=0, description="Milliseconds for which metadata may still be served stale after that."
    )
    not_found_cache_ms: int = Field(60_000, ge=0, description='Milliseconds for which "not found" is remembered.')
    spotify_api_timeout_ms: int = Field(10_000, ge=100, description="Milliseconds to wait for one answer of Spotify.")
    spotify_concurrency: int = Field(24, ge=1, le=50, description="Requests to Spotify that run side by side.")
    max_retry: int = Field(3, ge=0, le=10, description="Repeats of one failed upstream request.")
    max_track_allowed_for_playlist: int = Field(
        10_000, ge=1, description="Rows of a playlist or album that are read; a longer one says complete: false."
    )
    music_max_duration_ms: int = Field(
        6_000_000, ge=1000, description="Longest track that is downloaded, in milliseconds."
    )
    lyrics_api_host: BaseUrl | None = Field(
        None, description="Base address of LRCLIB (https://lrclib.net) for lyrics in the tags; none by default."
    )

    # -- stores
    music_dl_primary_db: SecretStr | None = Field(
        None, description="MongoDB address with the database's name; by default an embedded server is started."
    )
    redis_url: SecretStr | None = Field(None, description="Redis address for a cache shared by several processes.")
    memory_cache_max_bytes: int = Field(
        32 * 1024 * 1024, ge=0, description="Memory that each process may use for ready answers."
    )

    # -- bucket
    music_dl_bucket_name: str | None = Field(
        None,
        description="Where finished files are kept for good: owner/repo on GitHub (several with commas between), "
        "s3://bucket or file:///folder.",
    )
    music_dl_storage_access_token: SecretStr | None = Field(
        None, description="GitHub token that may write the repositories' contents; for S3 the secret key."
    )
    music_dl_storage_host: BaseUrl | None = Field(
        None, description="Base address of the bucket's API; by default https://api.github.com, or AWS for s3://."
    )
    music_dl_storage_user: str | None = Field(
        None, description="Name of the committer on GitHub; for S3 the access key."
    )
    music_dl_storage_user_email: str | None = Field(None, description="Address of the committer on GitHub.")
    music_dl_storage_region: str | None = Field(None, description="Region of the S3 bucket, where one is needed.")
    music_dl_cdn_host: BaseUrl | None = Field(
        None,
        description="Public address of the bucket's files, for answers; may contain {repository}, {branch} and {path}.",
    )
    music_dl_bucket_writes_per_minute: int = Field(
        75, ge=1, le=80, description="Writes to GitHub within a minute (GitHub refuses more than 80)."
    )
    music_dl_bucket_writes_per_hour: int = Field(
        480, ge=1, le=500, description="Writes to GitHub within an hour (GitHub refuses more than 500)."
    )
    local_cache_max_bytes: int | None = Field(
        None,
        ge=0,
        description="Disk that finished files may use; those safe in the bucket make room. No limit by default.",
    )

    # -- queue
    rabbit_mq_url: SecretStr | None = Field(
        None, description="RabbitMQ address; by default jobs are queued inside the one process."
    )
    music_dl_role: Role = Field("all", description="What this process does: all, web (answers) or worker (downloads).")

    # -- YouTube
    youtube_proxy: BaseUrl | None = Field(None, description="HTTP proxy for YouTube: search, extraction and media.")
    youtube_ca_file: Path | None = Field(None, description="PEM file of a certificate authority to trust as well.")
    youtube_cookies_file: Path | None = Field(None, description="Netscape cookies file of a YouTube account.")
    ytdlp_options: JsonObject = Field(
        default_factory=dict, description="More options for yt-dlp's YoutubeDL, as a JSON object."
    )
    download_concurrency: int = Field(3, ge=1, le=32, description="Downloads that run side by side in a process.")
    batch_window: int = Field(
        16, ge=1, le=1000, description="Tracks of one batch (album, playlist) that are queued or running at a time."
    )
    youtube_min_interval_ms: int = Field(
        1000,
        ge=0,
        description="Milliseconds between the begins of two extractions, over all processes that share a REDIS_URL.",
    )
    download_wait_ms: int = Field(
        120_000, ge=0, description="Milliseconds that a download request waits for the file before it answers 202."
    )
    media_wait_ms: int = Field(
        60_000, ge=0, description="Milliseconds that a listener waits for the first byte of a file being fetched."
    )
    progress_ping_ms: int = Field(
        20_000, ge=100, le=20_000, description="Milliseconds of silence after which a progress connection gets a ping."
    )
    progress_idle_ms: int = Field(
        60_000, ge=100, description="Milliseconds after which a progress socket that follows no job is closed."
    )
    download_deadline_ms: int = Field(900_000, ge=1000, description="Milliseconds that one run of a download may take.")
    search_timeout_ms: int = Field(20_000, ge=100, description="Milliseconds that one search may take.")
    extract_timeout_ms: int = Field(60_000, ge=100, description="Milliseconds that one extraction may take.")
    fetch_connections: int = Field(8, ge=1, le=32, description="Connections that fetch one file side by side.")
    fetch_timeout_ms: int = Field(
        20_000, ge=100, description="Milliseconds without a byte after which a connection is given up."
    )
    acoustid_api_key: SecretStr | None = Field(
        None, description="AcoustID key: fetched audio that AcoustID knows as another recording is then refused."
    )
    acoustid_api_host: BaseUrl = Field("https://api.acoustid.org", description="Base address of AcoustID's service.")

    # -- who may ask
    api_keys: ApiKeys = Field(
        None,
        description="Keys of callers as NAME:SECRET with commas between, at least 8 characters to a secret; without "
        "any, everybody may use the server.",
    )
    ticket_ttl_ms: int = Field(
        21_600_000,
        ge=60_000,
        description="Milliseconds for which an address handed out to a caller with a key (audio, archive, progress) "
        "opens without the key.",
    )

    rate_limit_per_minute: int = Field(
        0, ge=0, description="Requests of one caller (key, else address) within a minute; 0 is no limit."
    )
    max_sockets_per_caller: int = Field(
        0, ge=0, description="Progress connections that one caller may have open at a time; 0 is no limit."
    )
    max_jobs_per_caller: int = Field(
        0,
        ge=0,
        description="Downloads that one caller may have queued or running at a time (a batch waits for its turn); 0 is "
        "no limit.",
    )

    cors_origins: Origins = Field(
        None,
        description="Origins of pages elsewhere that may read answers, with commas between, such as "
        "https://app.example; none by default.",
    )

    # -- who asked
    ip_tracking_running_status: Literal["running", "stopped"] = Field(
        "running",
        description="running: each request leaves an access record; stopped: none is made, stored or looked up.",
    )
    ip_tracker_queue: str = Field(
        "ip_tracker",
        pattern=r"^[A-Za-z0-9._:-]{1,200}$",
        description="Name of the RabbitMQ queue that access records travel through.",
    )
    ip_info_api_base_url: BaseUrl = Field(
        "http://ip-api.com/json", description="Address of ip-api's JSON service; its batch service lies beside it."
    )
    ip_info_lookup: bool = Field(True, description="Ask that service where public addresses are.")
    anonymize_ip: bool = Field(
        False,
        description="Keep addresses shortened only: IPv4 to /24, IPv6 to /48, before anything is queued or stored.",
    )
    access_log_retention_days: int = Field(
        30, ge=1, le=3650, description="Days after which access records, addresses and their statistics are removed."
    )
    admin_api_key: SecretStr | None = Field(
        None, description="Key that opens /api/admin; without one these addresses are closed."
    )

    metrics_need_admin_key: bool = Field(False, description="Show /metrics to whoever has ADMIN_API_KEY alone.")
    ytdlp_max_age_days: int = Field(
        60, ge=1, description="Days after which /health/ready says that yt-dlp should be renewed."
    )

    @field_validator("music_dl_home", "youtube_ca_file", "youtube_cookies_file", mode="after")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        # Child processes run elsewhere; a relative path means the folder the server was started in.
        return value.expanduser().absolute() if value is not None else None

    @field_validator("spotify_api_host", mode="after")
    @classmethod
    def _without_version(cls, value: str) -> str:
        return value.removesuffix("/v1")

    @property
    def has_spotify_credentials(self) -> bool:
        """Whether a client id and a secret are given."""
        return bool(self.spotify_client_id and self.spotify_client_secret)

    @classmethod
    def from_env(cls, environ: Mapping[str, str], env_file: Path | None = None) -> Settings:
        """The settings from `environ`, completed from `env_file` when it exists; raises `SettingsError`."""
        named: dict[str, str] = {}
        file_values = dotenv_values(env_file) if env_file is not None and env_file.is_file() else {}
        for source in (file_values, environ):
            for field in cls.model_fields:
                value = source.get(field.upper())
                if value is not None:
                    named[field] = value.strip()
        problems: list[str] = []
        try:
            settings = cls.model_validate({field: value for field, value in named.items() if value})
        except ValidationError as exc:
            problems += [_describe(error) for error in exc.errors(include_input=False)]
            raise SettingsError("\n".join(problems)) from None
        problems += settings.conflicts()
        if problems:
            raise SettingsError("\n".join(problems))
        return settings

    @property
    def tells_callers_apart(self) -> bool:
        """Whether anything depends on who asks."""
        limits = self.rate_limit_per_minute or self.max_sockets_per_caller or self.max_jobs_per_caller
        return self.api_keys is not None or bool(limits)

    def conflicts(self) -> list[str]:
        """Combinations that cannot work, one sentence each."""
        problems = []
        if bool(self.spotify_client_id) != bool(self.spotify_client_secret):
            problems.append("SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET are only useful together.")
        if self.rabbit_mq_url is None and self.workers > 1:
            problems.append("WORKERS above 1 needs RABBIT_MQ_URL: the queue inside a process serves that process only.")
        if self.rabbit_mq_url is None and self.music_dl_role != "all":
            problems.append(f"MUSIC_DL_ROLE={self.music_dl_role} needs RABBIT_MQ_URL.")
        if self.admin_api_key is not None and any(
            key.secret.get_secret_value() == self.admin_api_key.get_secret_value() for key in self.api_keys or ()
        ):
            problems.append("API_KEYS holds the secret of ADMIN_API_KEY: the two open different doors.")
        problems += self._bucket_conflicts()
        for name in ("youtube_ca_file", "youtube_cookies_file"):
            path = getattr(self, name)
            if path is not None and not path.is_file():
                problems.append(f"{name.upper()} names no file.")
        return problems

    def _bucket_conflicts(self) -> list[str]:
        if self.music_dl_bucket_name is None:
            if self.local_cache_max_bytes is not None:
                return ["LOCAL_CACHE_MAX_BYTES needs MUSIC_DL_BUCKET_NAME: only what lies in a bucket can make room."]
            return []
        try:
            places = parse_bucket_name(self.music_dl_bucket_name)
        except ValueError as exc:
            return [f"MUSIC_DL_BUCKET_NAME {exc}."]
        problems = []
        kind = places[0].kind
        if kind is not BucketKind.FOLDER and self.music_dl_storage_access_token is None:
            problems.append("MUSIC_DL_BUCKET_NAME needs MUSIC_DL_STORAGE_ACCESS_TOKEN.")
        if kind is BucketKind.S3 and self.music_dl_storage_user is None:
            problems.append("MUSIC_DL_BUCKET_NAME=s3://… needs MUSIC_DL_STORAGE_USER, the access key.")
        if len(places) > 1 and self.music_dl_cdn_host is not None and "{repository}" not in self.music_dl_cdn_host:
            problems.append("MUSIC_DL_CDN_HOST must contain {repository} when there are several repositories.")
        return problems


def _describe(error: Any) -> str:
    name = str(error["loc"][0]).upper() if error["loc"] else "settings"
    return f"{name}: {error['msg'].removeprefix('Value error, ')}"
