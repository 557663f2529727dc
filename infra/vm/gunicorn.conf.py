"""gunicorn's settings: `gunicorn --config infra/vm/gunicorn.conf.py`."""

import multiprocessing
import os
import resource
from pathlib import Path
from typing import Any

# Each connection costs a file, and the usual limit of 1,024 is less than `worker_connections`.
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

# What is set is relative to where this is started, before `chdir`.
for name in ("MODEL_PATH", "ROWS_MODEL_PATH", "DJANGO_SECRET_KEY_FILE"):
    if os.environ.get(name):
        os.environ[name] = str(Path(os.environ[name]).absolute())

wsgi_app = "server.wsgi"
chdir = str(Path(__file__).resolve().parent)
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
# Each worker loads the model once, and its threads share it.
workers = int(os.environ.get("WEB_CONCURRENCY") or min(multiprocessing.cpu_count(), 4))
worker_class = "server.worker.Worker"
# Most only wait for what a client sends; how many pictures are read at once says server.admission.
threads = 64
# Idle ones cost a file each, and are closed after `keepalive` seconds.
worker_connections = 6000 if most == resource.RLIM_INFINITY else max(100, min(6000, most - 200))
backlog = 2048
keepalive = 5
timeout = 60  # seconds without a sign of life, after which a process is replaced
graceful_timeout = 30
# Memory that libraries do not give back is given back now and then, not by all at once.
max_requests = 50_000
max_requests_jitter = 5_000
# Nothing this server is asked has long lines or many headers; bodies are bounded in shared.http.
limit_request_line = 2048
limit_request_fields = 50
limit_request_field_size = 4096
# In memory, so that a full or slow disk is not taken for a dead process.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # nosec B108
control_socket_disable = True
accesslog = "-"
# Neither the query nor the referrer: nothing of what people send is kept.
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(B)s bytes %(M)s ms'


def child_exit(_: Any, worker: Any) -> None:
    """Whose process has ended has no connections; see `server.worker`."""
    worker.leave()
