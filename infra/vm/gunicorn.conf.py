"""gunicorn's settings: `gunicorn --config infra/vm/gunicorn.conf.py`."""

import multiprocessing
import os
from pathlib import Path

wsgi_app = "server.wsgi"
chdir = str(Path(__file__).resolve().parent)
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
# Each worker loads the model once, and its threads share it.
workers = int(os.environ.get("WEB_CONCURRENCY") or min(multiprocessing.cpu_count(), 4))
threads = 8
timeout = 60
keepalive = 5
control_socket_disable = True
accesslog = "-"
# Neither the query nor the referrer: nothing of what people send is kept.
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(B)s bytes %(M)s ms'
