"""Django settings: the one place where the parts are put together."""

from urllib.parse import parse_qsl, unquote, urlsplit

from loa.config import env

ENV = env.read()

SECRET_KEY = ENV.secret_key
DEBUG = False
ALLOWED_HOSTS = list(ENV.hosts)
ROOT_URLCONF = "loa.config.urls"
WSGI_APPLICATION = "loa.config.wsgi.application"

# Dependency order, most dependent first (see the import contracts in pyproject.toml).
DOMAINS = [
    "loa.demo",
    "loa.broadcasts",
    "loa.bulletins",
    "loa.devices",
    "loa.media",
    "loa.people",
    "loa.audit",
    "loa.areas",
    "loa.ui",
]
INSTALLED_APPS = [
    *DOMAINS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_cotton",
    "django_htmx",
    "procrastinate.contrib.django",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "loa.ui.context.ui",
            ],
            "builtins": ["loa.ui.templatetags.ui"],
        },
    },
]


def database(url: str) -> dict[str, object]:
    """Django's settings for a PostgreSQL address such as postgresql://user:word@host:5432/name?sslmode=require."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "loa",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": query,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": database(ENV.database_url or f"postgresql://postgres@/loa?host={ENV.var}/run/pg")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.User"

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"

STATIC_URL = "/static/"
STATIC_ROOT = ENV.var / "static"
MEDIA_ROOT = ENV.media_root

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"

# What every page shows around itself (see loa/ui/frame.py) and where its live side is reached.
LOA_FRAME = "loa.config.frame.build"
LOA_SAMPLE_DATA = ENV.sample_data
LOA_GATEWAY_URL = ENV.gateway_url
