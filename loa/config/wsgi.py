"""Entry point of the web process (granian, WSGI)."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 - reads the code of all pages now and not while the first person waits
gc.collect()
gc.freeze()  # what was loaded stays for good: looking through it again and again costs pages tens of milliseconds
