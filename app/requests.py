"""What comes in with a request, made fit to be kept before any door reads it."""

from typing import Any

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items
from werkzeug.routing import IntegerConverter

LARGEST_KEY = 2**63 - 1
"""A bigint; a larger number in an address is no record's."""


class Typed(ImmutableMultiDict[str, Any]):
    """What was typed, without NUL bytes: PostgreSQL keeps none in text, and nobody types one."""

    def __init__(self, mapping: Any = None) -> None:
        super().__init__(
            [(_clean(name), _clean(value)) for name, value in iter_multi_items(mapping or ())]
        )


class HouseRequest(Request):
    """A request whose form, address and cookies are read as ``Typed``."""

    parameter_storage_class = Typed


class KeyConverter(IntegerConverter):
    """A number in an address that may be a record's key."""

    def __init__(self, map: Any, **rest: Any) -> None:  # noqa: A002  werkzeug's own name
        super().__init__(map, **{"max": LARGEST_KEY, **rest})


def install(app: Flask) -> None:
    """Let every door read requests this way; before any address is named."""
    app.request_class = HouseRequest
    app.url_map.converters["int"] = KeyConverter


def _clean(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value
