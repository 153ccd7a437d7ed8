"""Metadata of tracks, albums, playlists and artists: the seam and Spotify behind it."""
