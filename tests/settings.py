"""Settings of the test run: the project's own, less what would only slow it down."""

from stakepro.settings import *  # noqa: F403
from stakepro.settings import INSTALLED_APPS, STORAGES

# A model with secrets, of the tests' own.
INSTALLED_APPS = [*INSTALLED_APPS, "tests.vault_app"]
# Unhashed static files need no collectstatic before a test.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
# Signing people in is not what the tests measure.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# No worker runs beside a test unless the test starts one.
RUN_WAIT_SECONDS = 0.0
