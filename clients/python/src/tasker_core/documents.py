"""JSON as the database keeps it."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import uuid
from collections.abc import Mapping
from typing import Any

#: What ``json`` reads and writes.
Json = Any


def _other_types(value: object) -> Json:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"a value of type {type(value).__name__} cannot be stored as JSON")


def dumps(value: Json) -> str:
    """Writes a value as JSON.

    Besides JSON's own types it takes dataclasses, enums, times (ISO 8601), timedeltas (seconds), Decimal and UUID
    (texts), mappings and sets. Integers keep all digits.

    Raises TypeError for other types, and ValueError for what ``jsonb`` cannot hold: NaN, infinity, the character
    U+0000 and half of a surrogate pair.
    """
    text = json.dumps(value, default=_other_types, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if "\\u0000" in text and "\\u0000" in text.replace("\\\\", ""):
        raise ValueError("a text with the character U+0000 cannot be stored as jsonb")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("a text with half of a surrogate pair cannot be stored as jsonb") from error
    return text


def loads(text: str) -> Json:
    """Reads JSON. Integers keep all digits; other numbers become float.

    Raises ValueError for an integer with more digits than ``sys.get_int_max_str_digits()``.
    """
    return json.loads(text)


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot store, for messages of errors."""
    return text.replace("\x00", "\\u0000").encode("utf-8", "backslashreplace").decode("utf-8")
