"""The couriers, readers and timetable entries of each topic.

A topic is a file here with ``join(crew)``, which adds its handlers, readers and entries. ``gather``
finds the files by itself, as ``app.cli`` does: a new topic is a new file and nothing else.
"""

import importlib
import pkgutil

from tasks.crew import Crew


def gather(crew: Crew) -> Crew:
    """Let every topic add what it brings, and return the whole crew."""
    for topic in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{topic.name}").join(crew)
    return crew
