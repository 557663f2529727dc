"""The WSGI application, for gunicorn: `gunicorn --chdir infra/vm server.wsgi`."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # for shared/
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")

from django.core.wsgi import get_wsgi_application

from shared import model

model.load()  # before the first request
application = get_wsgi_application()
