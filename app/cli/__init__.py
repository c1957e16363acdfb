"""Commands for the people who run the house, one file a topic.

Each file has ``commands(app)``, which hangs its commands on ``app.cli``. ``install`` finds the
files, so that a new topic is a new file and nothing else.
"""

import importlib
import pkgutil

from flask import Flask


def install(app: Flask) -> None:
    """Hang the commands of every topic on ``flask``."""
    for topic in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{topic.name}").commands(app)
