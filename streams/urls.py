"""Addresses of the app. The JSON ones are a contract: no trailing slash, no redirect."""

from django.urls import include, path

from streams.api import bets, exports, hits, ingest, keep, runs, streams, verification, verify
from streams.exporting import FORMATS

STREAM = "live/streams/<str:stream_id>"
RUN = "runs/<str:run_id>"

urlpatterns = [
    path("live/ingest", ingest.ingest_one, name="ingest"),
    path("live/ingest/batch", ingest.ingest_batch, name="ingest_batch"),
    path("live/streams", streams.stream_list, name="api_streams"),
    path(STREAM, streams.stream, name="api_stream"),
    path(f"{STREAM}/archive", streams.archive, name="api_archive"),
    path(f"{STREAM}/bets", bets.bets, name="api_bets"),
    path(f"{STREAM}/tail", bets.tail, name="api_tail"),
    path(f"{STREAM}/holes", bets.holes, name="api_holes"),
    path(f"{STREAM}/conflicts", bets.conflicts, name="api_conflicts"),
    *(
        path(
            f"{STREAM}/export.{file_format}", exports.export, {"file_format": file_format}, f"api_export_{file_format}"
        )
        for file_format in FORMATS
    ),
    path(f"{STREAM}/metrics", hits.metrics, name="api_metrics"),
    path(f"{STREAM}/hits", hits.hit_list, name="api_hits"),
    path(f"{STREAM}/hits/stats", hits.hit_stats, name="api_hit_stats"),
    path(f"{STREAM}/hits/stats/global", hits.hit_stats_global, name="api_hit_stats_global"),
    path(f"{STREAM}/hits/batch", hits.hit_batch, name="api_hit_batch"),
    path(f"{STREAM}/bookmarks", keep.bookmarks, name="api_bookmarks"),
    path(f"{STREAM}/snapshots", keep.snapshots, name="api_snapshots"),
    path(f"{STREAM}/snapshots/<int:snapshot_id>/replay", keep.snapshot_replay, name="api_snapshot_replay"),
    path("live/bookmarks/<int:bookmark_id>", keep.bookmark, name="api_bookmark"),
    # The earlier servers published these under a doubled prefix by mistake; clients learned it.
    path("live/live/bookmarks/<int:bookmark_id>", keep.bookmark),
    path("live/snapshots/<int:snapshot_id>", keep.snapshot, name="api_snapshot"),
    path("runs", runs.runs, name="api_runs"),
    path(RUN, runs.run, name="api_run"),
    path(f"{RUN}/cancel", runs.cancel, name="api_run_cancel"),
    path(f"{RUN}/hits", runs.hit_list, name="api_run_hits"),
    path(f"{RUN}/distances", runs.distances, name="api_run_distances"),
    path(f"{RUN}/distances.csv", runs.distances_csv, name="api_run_distances_csv"),
    path(f"{RUN}/export/hits.csv", runs.hits_csv, name="api_run_hits_csv"),
    path(f"{RUN}/export/full.csv", runs.full_csv, name="api_run_full_csv"),
    path(f"{STREAM}/reveal", verification.reveal, name="api_reveal"),
    path(f"{STREAM}/verification", verification.verification, name="api_verification"),
    path("verify", verify.verify, name="api_verify"),
    path("", include("streams.run_page_urls")),
    path("", include("streams.page_urls")),
]
