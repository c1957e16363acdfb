"""Commands for the people who run the house, one file a topic.

Each file has ``commands(app)``, which hangs its commands on ``app.cli``. They are found with the first
question for a command, so that a new topic is a new file and nothing else, and the web, which never
asks for one, carries none of them.
"""

import importlib
import pkgutil

from click import Command, Context
from flask import Flask
from flask.cli import AppGroup


class Commands(AppGroup):
    """The commands of ``flask``, loaded when somebody asks for one."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app.name)
        self.app = app
        self.is_loaded = False

    def get_command(self, context: Context, name: str) -> Command | None:
        """Return a command by its name."""
        self._load()
        return super().get_command(context, name)

    def list_commands(self, context: Context) -> list[str]:
        """Return the names of all commands."""
        self._load()
        return super().list_commands(context)

    def _load(self) -> None:
        if self.is_loaded:
            return
        self.is_loaded = True
        for topic in pkgutil.iter_modules(__path__):
            importlib.import_module(f"{__name__}.{topic.name}").commands(self.app)


def install(app: Flask) -> None:
    """Let ``flask`` find the commands of every topic."""
    app.cli = Commands(app)
