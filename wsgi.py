"""What the web server runs: ``granian --interface wsgi wsgi:app``; also ``flask``'s way in."""

import os

from app.factory import create_app
from config import Config

app = create_app(Config.load(os.environ))
