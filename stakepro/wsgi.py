"""What granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from stakepro import lifeline

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stakepro.settings")
# A worker whose server was killed would keep the port.
lifeline.follow_named_parent()
application = get_wsgi_application()
