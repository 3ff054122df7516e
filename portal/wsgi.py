import os

import django
from django.core.wsgi import get_wsgi_application

from portal.lib import static

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup(set_prefix=False)
static.collect()
application = get_wsgi_application()
