"""What the web server runs: ``granian --interface wsgi wsgi:app``; also ``flask``'s way in."""

import gc
import os

from app.factory import create_app
from config import Config

app = create_app(Config.load(os.environ))

# What was built stays for the life of the process: a full collection need not walk it each time.
gc.collect()
gc.freeze()
