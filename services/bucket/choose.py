"""The bucket that the settings name; called by the composition root alone."""

from __future__ import annotations

from models.bucket import BucketKind, BucketPlace, parse_bucket_name
from models.settings import Settings
from services.bucket.base import Bucket
from services.bucket.folder import FolderBucket
from services.bucket.pace import PaceBook, Window, WritePace


def choose_bucket(settings: Settings, book: PaceBook) -> Bucket | None:
    """The bucket, not asked for anything yet; `None` when none is set. `book` is where writes are counted."""
    if settings.music_dl_bucket_name is None:
        return None
    places = parse_bucket_name(settings.music_dl_bucket_name)
    if places[0].kind is BucketKind.GITHUB:
        return _github(settings, places, book)
    if places[0].kind is BucketKind.S3:
        return _s3(settings, places[0])
    return FolderBucket(place=places[0], cdn_host=settings.music_dl_cdn_host)


def _github(settings: Settings, places: tuple[BucketPlace, ...], book: PaceBook) -> Bucket:
    # Each library is loaded only where its kind of bucket is used: they take memory.
    from services.bucket.github import GithubBucket
    from services.bucket.github_client import DEFAULT_HOST, GithubClient

    host = settings.music_dl_storage_host or DEFAULT_HOST
    client = GithubClient(
        host=host,
        token=_secret(settings),
        user=settings.music_dl_storage_user,
        email=settings.music_dl_storage_user_email,
    )
    # GitHub counts by account, whatever the repository.
    pace = WritePace(
        book=book,
        name=host,
        windows=(
            Window(settings.music_dl_bucket_writes_per_minute, 60.0),
            Window(settings.music_dl_bucket_writes_per_hour, 3600.0),
        ),
    )
    return GithubBucket(places=places, client=client, pace=pace, cdn_host=settings.music_dl_cdn_host)


def _s3(settings: Settings, place: BucketPlace) -> Bucket:
    from services.bucket.s3 import DEFAULT_HOST, S3Bucket

    return S3Bucket(
        place=place,
        access_key=settings.music_dl_storage_user or "",
        secret_key=_secret(settings),
        host=settings.music_dl_storage_host or DEFAULT_HOST,
        region=settings.music_dl_storage_region,
        cdn_host=settings.music_dl_cdn_host,
    )


def _secret(settings: Settings) -> str:
    token = settings.music_dl_storage_access_token
    return token.get_secret_value() if token is not None else ""
