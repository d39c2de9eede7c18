"""Every setting, read from the environment with a safe default; `.env.example` lists them all."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

import stakepro
from accounts.vault import material
from fairness.errors import InvalidInput
from markets import detector_settings, overrides
from markets.provider import configuration
from stake import hosts
from stakepro import embedded
from stakepro.environment import load_dotenv
from stakepro.logs import logging_config
from stakepro.secrets import read_or_create_secret

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = stakepro.VERSION

env = environ.Env()
load_dotenv()


def _not_negative(name: str, default: int) -> int:
    """A whole number of 0 or more; 0 means "off" for limits."""
    try:
        value: int = env.int(name, default=default)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number.") from error
    if value < 0:
        raise ImproperlyConfigured(f"{name} must not be negative.")
    return value


# --- Where we live -------------------------------------------------------------------------------
STAKEPRO_HOME = embedded.home_folder(env.str("STAKEPRO_HOME", default=""))
SECRET_KEY = env.str("SECRET_KEY", default="") or read_or_create_secret(STAKEPRO_HOME / "secret_key")
DEBUG = env.bool("DEBUG", default=False)

HOST = env.str("HOST", default="127.0.0.1")
PORT = _not_negative("PORT", 8000)
# The gateway's; 0 starts none with `up`.
GATEWAY_PORT = _not_negative("GATEWAY_PORT", PORT + 1)
if GATEWAY_PORT == PORT:
    raise ImproperlyConfigured("GATEWAY_PORT must be another port than PORT.")
GATEWAY_WORKERS = _not_negative("STAKEPRO_GATEWAY_WORKERS", 1)
WEB_WORKERS = _not_negative("STAKEPRO_WEB_WORKERS", 2)
WEB_THREADS = _not_negative("STAKEPRO_WEB_THREADS", 8)

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Addresses (or networks) whose X-Forwarded-For we believe; nobody's by default.
TRUSTED_PROXIES = env.list("STAKEPRO_TRUSTED_PROXIES", default=[])

# --- Applications --------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "template_partials",
    "csp",
    "corsheaders",
    "axes",
    "procrastinate.contrib.django",
    "accounts",
    "events",
    "ledger",
    "markets",
    "streams",
    "stake",
    "stakepro",
]

MIDDLEWARE = [
    "stakepro.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "stakepro.middleware.PagesMiddleware",
    "axes.middleware.AxesMiddleware",
]
PAGE_MIDDLEWARE = ["csp.middleware.CSPMiddleware", "django_htmx.middleware.HtmxMiddleware"]

ROOT_URLCONF = "stakepro.urls"
WSGI_APPLICATION = "stakepro.wsgi.application"
# The JSON addresses have no trailing slash and never redirect.
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "stake.context.betting",
            ],
        },
    },
]

# --- Database: PostgreSQL, ours or the one DATABASE_URL names --------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="")
if DATABASE_URL:
    if urlsplit(DATABASE_URL).scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            "DATABASE_URL must name a PostgreSQL server (postgres://…); nothing else is supported."
        )
    DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
    # As libpq does: a socket's folder stands where the host would, its slashes written %2F.
    DATABASES["default"]["HOST"] = unquote(DATABASES["default"]["HOST"])
else:
    DATABASES = {"default": embedded.django_database(STAKEPRO_HOME)}
DATABASES["default"].update(
    ENGINE="django.db.backends.postgresql",
    # One connection a thread, kept: a new one for each request costs four times the request.
    CONN_MAX_AGE=600,
    CONN_HEALTH_CHECKS=True,
    # Lets the ingest statements be prepared once a connection; planning them costs more than running them.
    # (A pooler in front has to keep prepared statements: pgbouncer does from 1.21 on.)
    # They are index probes over arrays, so one plan is right for every call; and none is worth compiling.
    OPTIONS={
        **DATABASES["default"].get("OPTIONS", {}),
        "prepare_threshold": 5,
        "options": "-c plan_cache_mode=force_generic_plan -c jit=off",
    },
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People and programs -------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/live"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["ip_address", "username"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = True
AXES_CLIENT_IP_CALLABLE = "accounts.addresses.client_address"
AXES_LOCKOUT_CALLABLE = "accounts.views.locked_out"
AXES_VERBOSE = False

# --- Ingest --------------------------------------------------------------------------------------
# A single token for set-ups from before the token table; tokens made with `create_token` are better.
INGEST_TOKEN = env.str("STAKEPRO_INGEST_TOKEN", default="")
# 1: programs on this machine may post bets without a token.
OPEN_INGEST = env.bool("STAKEPRO_OPEN_INGEST", default=False)
INGEST_PER_MINUTE = _not_negative("STAKEPRO_INGEST_PER_MINUTE", 100_000)
INGEST_PER_PEER = _not_negative("STAKEPRO_INGEST_PER_PEER", 300_000)
INGEST_BODY_BYTES_MAX = 1_000_000
BATCH_BODY_BYTES_MAX = 16_000_000
BATCH_MESSAGES_MAX = 10_000
DATA_UPLOAD_MAX_MEMORY_SIZE = BATCH_BODY_BYTES_MAX
# Streamed downloads at once in one web worker; a further one gets 503 with Retry-After.
DOWNLOADS_PER_WORKER = 2

# --- Runs ----------------------------------------------------------------------------------------
# Nonces that one run may have.
MAX_NONCES = _not_negative("MAX_NONCES", 1_000_000_000)
# Hits of one target that a run keeps, the first by nonce; it counts all of them.
RUN_HITS_MAX = 100_000
# How long POST /runs waits for the worker, and how many requests of one web worker may wait at once.
RUN_WAIT_SECONDS = 10.0
RUN_WAITERS_PER_WORKER = 2
PROCRASTINATE_IMPORT_PATHS = ["streams.runs.tasks"]

# --- The venue -----------------------------------------------------------------------------------
# The hosts that a session may be sent to: mirrors of one venue, all with the same API.
try:
    STAKE_ALLOWED_HOSTS = [
        hosts.normal_host(host) for host in env.list("STAKE_ALLOWED_HOSTS", default=list(hosts.DEFAULT_HOSTS))
    ]
except InvalidInput as error:
    raise ImproperlyConfigured(f"Each of STAKE_ALLOWED_HOSTS {error.problem}.") from None
# http://… or https://…; then the proxy looks the hosts up.
STAKE_PROXY = env.str("STAKE_PROXY", default="")
if STAKE_PROXY and not (urlsplit(STAKE_PROXY).scheme in {"http", "https"} and urlsplit(STAKE_PROXY).hostname):
    raise ImproperlyConfigured("STAKE_PROXY must be the address of a proxy, http://… or https://….")
# Sent as x-lockdown-token where it is set; the venue does not ask for it as far as is known.
STAKE_LOCKDOWN_TOKEN = env.str("STAKE_LOCKDOWN_TOKEN", default="")
if not (STAKE_LOCKDOWN_TOKEN.isascii() and all("!" <= sign <= "~" for sign in STAKE_LOCKDOWN_TOKEN)):
    raise ImproperlyConfigured("STAKE_LOCKDOWN_TOKEN must be visible characters of plain ASCII.")
# Where the stream pages fetch what is not theirs.
STREAM_PANEL_URL = "/stake/panel"
STREAM_FIRST_OFFER_URL = "/stake/offer"

# --- Odds ----------------------------------------------------------------------------------------
_odds = {
    "ODDS_API_KEY": env.str("ODDS_API_KEY", ""),
    "ODDS_API_BASE_URL": env.str("ODDS_API_BASE_URL", "https://api.the-odds-api.com/v4"),
    "ODDS_API_SPORT_KEYS": env.str("ODDS_API_SPORT_KEYS", "basketball_nba,basketball_ncaab,americanfootball_nfl"),
    "ODDS_API_REGIONS": env.str("ODDS_API_REGIONS", "us"),
    "ODDS_API_MARKETS": env.str("ODDS_API_MARKETS", "spreads,totals,h2h"),
    "ODDS_API_BOOKMAKERS": env.str("ODDS_API_BOOKMAKERS", ""),
    "ODDS_POLL_INTERVAL_SECONDS": env.str("ODDS_POLL_INTERVAL_SECONDS", "60"),
    "ODDS_POLL_INTERVAL_IDLE_SECONDS": env.str("ODDS_POLL_INTERVAL_IDLE_SECONDS", "300"),
    "ODDS_POLL_INTERVAL_LOW_CREDIT_SECONDS": env.str("ODDS_POLL_INTERVAL_LOW_CREDIT_SECONDS", "900"),
    "POLL_INTERVAL_SECONDS": env.str("POLL_INTERVAL_SECONDS", ""),
    "ODDS_API_LOW_CREDIT_THRESHOLD": env.str("ODDS_API_LOW_CREDIT_THRESHOLD", "200"),
    "ODDS_API_TARGET_DAILY_CREDITS": env.str("ODDS_API_TARGET_DAILY_CREDITS", "1200"),
    "ODDS_API_RETRY_ATTEMPTS": env.str("ODDS_API_RETRY_ATTEMPTS", "3"),
    "ODDS_API_RETRY_BACKOFF_SECONDS": env.str("ODDS_API_RETRY_BACKOFF_SECONDS", "1.0"),
    "ODDS_API_RETRY_BACKOFF_MAX_SECONDS": env.str("ODDS_API_RETRY_BACKOFF_MAX_SECONDS", "8.0"),
    "ODDS_API_CIRCUIT_FAILURES_TO_OPEN": env.str("ODDS_API_CIRCUIT_FAILURES_TO_OPEN", "3"),
    "ODDS_API_CIRCUIT_OPEN_SECONDS": env.str("ODDS_API_CIRCUIT_OPEN_SECONDS", "120"),
    "MARKETS_CLOSE_CAPTURE_ENABLED": env.str("MARKETS_CLOSE_CAPTURE_ENABLED", "true"),
    "MARKETS_CLOSE_CAPTURE_MAX_EVENTS_PER_CYCLE": env.str("MARKETS_CLOSE_CAPTURE_MAX_EVENTS_PER_CYCLE", "10"),
}
try:
    ODDS = configuration.read(_odds)
except configuration.Unfit as error:
    raise ImproperlyConfigured(str(error)) from None
del _odds  # the key is kept in one place
# Settings of detectors that differ from the defaults, by sport.
try:
    MARKETS_SIGNALS = overrides.read(env.str("MARKETS_SIGNALS", default=""))
except detector_settings.BadSetting as error:
    raise ImproperlyConfigured(f"MARKETS_SIGNALS: {error}") from None
# The folder of weights by sport, as `fit_book_weights` writes them; none: all operators weigh the same.
MARKETS_WEIGHTS = Path(env.str("MARKETS_WEIGHTS", default="")) if env.str("MARKETS_WEIGHTS", default="") else None
# How many days `prune_markets` leaves; 0 is for ever.
MARKETS_RETENTION_DAYS = {
    "changes": _not_negative("MARKETS_CHANGES_RETENTION_DAYS", 0),
    "points": _not_negative("MARKETS_CONSENSUS_RETENTION_DAYS", 14),
    "signals": _not_negative("MARKETS_SIGNAL_RETENTION_DAYS", 0),
    "cycles": _not_negative("MARKETS_CYCLE_RETENTION_DAYS", 30),
    "calls": _not_negative("MARKETS_CALL_RETENTION_DAYS", 400),
}
if max(MARKETS_RETENTION_DAYS.values()) > 36_500:
    raise ImproperlyConfigured("The days of MARKETS_…_RETENTION_DAYS must be at most 36500; 0 is for ever.")

# --- CORS: bot scripts may run inside a venue's page ------------------------------------------------
CORS_ALLOWED_ORIGINS = env.list("STAKEPRO_CORS_ORIGINS", default=[])
CORS_ALLOW_CREDENTIALS = False
# Chrome asks before a public page (the venue) may reach a server of the private network (this machine).
CORS_ALLOW_PRIVATE_NETWORK = True
CORS_URLS_REGEX = r"^/(live/(live/bookmarks|ingest|streams|bookmarks|snapshots)|runs|verify|healthz|api/openapi)"
# Where an address that nobody serves is answered as JSON: to programs, those above and those of the venue.
JSON_URLS_REGEX = (
    CORS_URLS_REGEX + r"|^/stake/(session|bets?|reconcile|import-history|rotate-seed|rotations|balance|vault|limits"
    r"|pauses|stop)(/|$)"
)
CORS_ALLOW_METHODS = ["GET", "POST", "PUT", "DELETE", "OPTIONS"]
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "if-match", "if-none-match", "x-ingest-token"]
CORS_EXPOSE_HEADERS = [
    "etag",
    "retry-after",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
]

# --- Security ------------------------------------------------------------------------------------
HTTPS = env.bool("STAKEPRO_HTTPS", default=False)
# What encrypts the secrets of venues' sessions, newest first; where none is named they are kept in a file of our own.
VAULT_KEYS = env.list("VAULT_KEYS", default=[])
VAULT_KEYS_FILE = STAKEPRO_HOME / "vault.keys"
try:
    VAULT_KEYS = material.checked(VAULT_KEYS, source="VAULT_KEYS")
except material.KeyRefused as error:
    raise ImproperlyConfigured(str(error)) from None
if HTTPS and not VAULT_KEYS:
    # Whoever serves others may run several machines, and a key made by one of them would be lost on the next.
    raise ImproperlyConfigured(
        f"With STAKEPRO_HTTPS=1 set VAULT_KEYS, and keep it; make a key with: {material.MAKE_ONE}"
    )
# Error pages and e-mails go through the same filter as the logs.
DEFAULT_EXCEPTION_REPORTER = "stakepro.error_reports.RedactingReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "stakepro.error_reports.RedactingFilter"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# Health checks come from inside, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_NAME = "stakepro_session"
CSRF_COOKIE_NAME = "stakepro_csrf"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

# --- Words, times, files --------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = STAKEPRO_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LOG_FORMAT = env.str("STAKEPRO_LOG_FORMAT", default="text")
LOG_LEVEL = env.str("STAKEPRO_LOG_LEVEL", default="INFO").upper()
LOGGING_CONFIG = None
logging_config(level=LOG_LEVEL, json=LOG_FORMAT == "json")
