"""Django settings: no database, no sessions, no users; a page, an API and a form."""

import os
from pathlib import Path

from csp.constants import NONE, SELF, WASM_UNSAFE_EVAL
from django.core.management.utils import get_random_secret_key

from shared.settings import get as get_settings

ROOT = Path(__file__).resolve().parents[3]

# Signs nothing that outlives a process: there are no sessions.
_KEY_FILE = os.environ.get("DJANGO_SECRET_KEY_FILE")
SECRET_KEY = Path(_KEY_FILE).read_text().strip() if _KEY_FILE else get_random_secret_key()
DEBUG = False
_HOSTS = os.environ.get("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
ALLOWED_HOSTS = [host.strip() for host in _HOSTS.split(",")]

ROOT_URLCONF = "server.urls"
WSGI_APPLICATION = "server.wsgi.application"
INSTALLED_APPS = ["server"]
MIDDLEWARE = [
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "server.ratelimit.RateLimit",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

# HTTPS=1 says that a proxy before this server speaks HTTPS for it and sets X-Forwarded-Proto.
HTTPS = os.environ.get("HTTPS") == "1"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
# Other hosts of the domain are not this server's to speak for.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
X_FRAME_OPTIONS = "DENY"

# What the page needs and no more; infra/site/headers.json says the same.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, WASM_UNSAFE_EVAL],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "font-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Nothing that is sent touches the disk.
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = get_settings().max_upload_bytes

# The page is served as it lies there: / is static_site/index.html.
WHITENOISE_ROOT = ROOT / "static_site"
WHITENOISE_INDEX_FILE = True
WHITENOISE_MAX_AGE = 60
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/vendor/"  # each version has a folder of its own
WHITENOISE_ALLOW_ALL_ORIGINS = False

# See server.ratelimit.
RATE_LIMIT = os.environ.get("RATE_LIMIT", "3000/minute")
RATE_LIMIT_STORAGE = os.environ.get("RATE_LIMIT_STORAGE", "memory://")
PROXIES = int(os.environ.get("PROXIES") or 0)

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
