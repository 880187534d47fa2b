"""Django settings: the one place where the parts are put together. What differs between installations is in env.py."""

from datetime import timedelta

from loa.config import env, logs
from loa.config.database import database
from loa.config.mail import mail_server
from loa.config.policy import content_security_policy

ENV = env.read()

SECRET_KEY = ENV.secret_key
DEBUG = False
ALLOWED_HOSTS = list(ENV.hosts)
ROOT_URLCONF = "loa.config.urls"
WSGI_APPLICATION = "loa.config.wsgi.application"

# Dependency order, most dependent first (see the import contracts in pyproject.toml).
DOMAINS = [
    "loa.demo",
    "loa.notifications",
    "loa.alerts",
    "loa.broadcasts",
    "loa.bulletins",
    "loa.relays",
    "loa.channels",
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
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "django_cotton",
    "django_htmx",
    "ninja",  # its page of the API, with its own scripts: nothing from elsewhere
    "procrastinate.contrib.django",
]
MIDDLEWARE = [
    "loa.config.proxy.ClientAddress",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "loa.config.privacy.Private",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "loa.config.bodies.Bodies",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "loa.people.web.middleware.SeenLately",
    "loa.people.web.middleware.Reading",
    "loa.people.web.middleware.SecondFactor",
    "django_htmx.middleware.HtmxMiddleware",
    "loa.config.refusals.Refusals",
    "axes.middleware.AxesMiddleware",
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
            "builtins": ["loa.ui.templatetags.ui", "loa.areas.templatetags.places"],
        },
    },
]

DATABASES = {"default": database(ENV.database)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# allauth counts attempts here, each web process for itself; the count that locks is that of axes, in the database.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- who may come in ---------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "loa.people.backends.AnyName",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "loa.people.adapters.Accounts"
MFA_ADAPTER = "loa.people.adapters.SecondFactors"
ACCOUNT_FORMS = {
    "login": "loa.people.web.forms.LoginForm",
    "change_password": "loa.people.web.forms.ChangePasswordForm",
    "set_password": "loa.people.web.forms.SetPasswordForm",
    "reauthenticate": "loa.people.web.forms.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "loa.people.web.forms.SecondFactorForm",
    "reauthenticate": "loa.people.web.forms.SecondFactorAgainForm",
    "activate_totp": "loa.people.web.forms.ActivateAppForm",
    "add_webauthn": "loa.people.web.forms.AddPasskeyForm",
    "edit_webauthn": "loa.people.web.forms.RenamePasskeyForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # offices share an address; accounts are made by an administrator, not by mail
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_SESSION_REMEMBER = False
# Every limit is by address. A limit by account would let anybody close an approver's account from outside; whoever is
# asked for the second factor has shown the password already.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip",
    "reset_password": "20/m/ip",
    "request_login_code": "20/m/ip",
    "second_factor": "10/10m/key",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Loa"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not ENV.https  # browsers themselves allow it on loopback only
MFA_ALLOW_UNVERIFIED_EMAIL = True
USERSESSIONS_TRACK_ACTIVITY = True
AXES_LOCKOUT_PARAMETERS = ["ip_address"]
AXES_CLIENT_IP_CALLABLE = "loa.people.adapters.network_of_request"
AXES_FAILURE_LIMIT = 20
AXES_COOLOFF_TIME = timedelta(minutes=10)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = False
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "people/slowed.html"
AXES_COOLOFF_MESSAGE = "Địa chỉ mạng này đã nhập sai quá nhiều lần. Tài khoản không bị khóa; hãy thử lại sau 10 phút."

# --- cookies and headers -----------------------------------------------------------------------------------------
SESSION_COOKIE_NAME = "loa_session"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "loa_csrf"
CSRF_FAILURE_VIEW = "loa.ui.web.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [ENV.site_url]
SECURE_HSTS_SECONDS = 365 * 86400 if ENV.https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.behind_proxy else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = content_security_policy(ENV.gateway_url, ENV.map_tiles)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # larger ones go to disk: an upload is up to 200 MB

# --- language and time -------------------------------------------------------------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt")]
LOCALE_PATHS = [env.ROOT / "loa" / "ui" / "locale"]
FORMAT_MODULE_PATH = ["loa.config.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"

# --- files -------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
MEDIA_ROOT = ENV.media_root
LOA_KEEP_ORIGINALS_DAYS = ENV.keep_originals_days
# Names with a hash need a collected folder, which `loa up` makes; the others read straight from the source folders.
STATIC_ROOT = ENV.var / "static" if ENV.mode == "up" else None
STATIC_STORAGE = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if ENV.mode == "up"
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATIC_STORAGE},
}
WHITENOISE_USE_FINDERS = ENV.mode != "up"

# --- mail, jobs, log ---------------------------------------------------------------------------------------------
globals().update(mail_server(ENV.email_url, ENV.var, demo=ENV.mode == "demo"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.email_from
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
PROCRASTINATE_IMPORT_PATHS = ["loa.config.jobs"]
LOGGING = logs.configuration(ENV.log_format, ENV.log_level)
LOGGING_CONFIG = "loa.config.logs.configure"

if ENV.mode == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if ENV.mode == "demo":
    PASSWORD_HASHERS = ["loa.config.hashers.Sample"]

# A component sees what it is given and the context processors, never the variables of the page by accident.
COTTON_ISOLATE_BY_DEFAULT = True

# What every page shows around itself (see loa/ui/frame.py) and where its live side is reached.
LOA_FRAME = "loa.config.frame.build"
LOA_RECORD_NAMES = "loa.config.record.names"  # what people call the things in the record
LOA_SOUNDED = "loa.broadcasts.queries.sounded.sounded_since"  # which loudspeakers have proved that they sound
LOA_GROUP_USES = "loa.broadcasts.queries.uses.of_group"  # what is still to sound in a group of loudspeakers
LOA_ASK_CHANGE = "loa.broadcasts.web.changing.ask_for"  # shows what a change would do to the air times
LOA_SETTLE_CHANGE = "loa.broadcasts.web.changing.settle_for"  # keeps it at once where nobody hears anything otherwise
LOA_SAMPLE_DATA = ENV.sample_data
LOA_GATEWAY_URL = ENV.gateway_url
LOA_MAP_TILES = ENV.map_tiles
# The process that fetches relayed streams, and hosts of one's own network that it may read all the same.
LOA_RELAY_SOCKET = ENV.relay_socket
LOA_RELAY_LOCAL = ENV.relay_local
LOA_CHANNELS_LOCAL = ENV.channels_local  # hosts of our own network that messages may be sent to
LOA_CAP_KEY = ENV.cap_key
LOA_MAP_CREDIT = ENV.map_credit

# Heads of the audit chain, outside the database; signed with the key (32 raw bytes) if that file exists.
LOA_AUDIT_HEADS = ENV.var / "audit" / "heads.log"
LOA_AUDIT_KEY = ENV.var / "keys" / "audit"

# Keys that seal what the database holds of authenticator apps and recovery codes (loa/people/sealed.py).
LOA_ACCOUNT_KEYS = ENV.var / "keys" / "accounts"
LOA_SEALED_ELSEWHERE = (  # keys of services that speak, passwords of channels
    "loa.media.actions.voices.seal_all",
    "loa.channels.actions.keeping.seal_all",
)
