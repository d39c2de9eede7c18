"""Counts of all web workers together."""

import subprocess
import sys
from pathlib import Path

from stakepro import metrics

CHECKOUT = Path(__file__).resolve().parents[2]
OBSERVE = "from stakepro import metrics; metrics.observe(route='page', method='GET', status=200, seconds=0.1)"
RENDER = "; import sys; sys.stdout.buffer.write(metrics.render())"


def run(code, folder):
    environment = {"PATH": "/usr/bin:/bin", metrics.FOLDER_VARIABLE: str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def test_any_worker_answers_for_all(tmp_path):
    folder = metrics.prepare_folder(tmp_path)
    run(OBSERVE, folder)
    text = run(OBSERVE + RENDER, folder)
    assert 'stakepro_http_requests_total{method="GET",route="page",status="2xx"} 2.0' in text
    assert 'stakepro_http_request_seconds_count{route="page"} 2.0' in text


def test_a_new_start_counts_from_zero(tmp_path):
    run(OBSERVE, metrics.prepare_folder(tmp_path))
    folder = metrics.prepare_folder(tmp_path)
    assert not list(folder.iterdir())
    assert folder.stat().st_mode & 0o077 == 0
    assert "} 1.0" in run(OBSERVE + RENDER, folder)


def test_the_gateway_s_workers_count_beside_and_start_anew_alone(tmp_path):
    web, gateway = metrics.prepare_folder(tmp_path), metrics.prepare_folder(tmp_path, metrics.GATEWAY)
    run(OBSERVE, gateway)
    assert "} 2.0" in run(OBSERVE + RENDER, web)
    metrics.prepare_folder(tmp_path)
    assert list(gateway.iterdir())
    assert gateway.stat().st_mode & 0o077 == 0


def test_who_was_killed_has_no_gauge_any_more(tmp_path):
    sit = "; from prometheus_client import Gauge; Gauge('sitting', 'Who sits.', multiprocess_mode='livesum').inc()"
    folder = metrics.prepare_folder(tmp_path)
    assert "sitting 1.0" in run(OBSERVE + sit + RENDER, folder)
    text = run("from stakepro import metrics; metrics.forget_the_dead()" + RENDER, folder)
    assert "sitting" not in text
    assert 'route="page"' in text
