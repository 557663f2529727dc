"""Django settings: no database, no sessions, no users; a page, an API and a form."""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key

ROOT = Path(__file__).resolve().parents[3]

# Signs nothing that outlives a process: there are no sessions. Several workers need one key.
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY") or get_random_secret_key()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")

ROOT_URLCONF = "server.urls"
WSGI_APPLICATION = "server.wsgi.application"
INSTALLED_APPS = ["server"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

# The page is served as it lies there: / is static_site/index.html.
WHITENOISE_ROOT = ROOT / "static_site"
WHITENOISE_INDEX_FILE = True
WHITENOISE_MAX_AGE = 60
WHITENOISE_ALLOW_ALL_ORIGINS = False

APPEND_SLASH = False
USE_I18N = False
TIME_ZONE = "UTC"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "azure": {"level": "WARNING"},
        # A refused request is the client's affair and stands in the access log.
        "django.request": {"level": "ERROR"},
    },
}
