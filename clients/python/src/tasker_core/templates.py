"""Templates from the YAML files of the Rails engine."""

from __future__ import annotations

import datetime
import os
from typing import Any, cast

from . import documents


def load_template(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads a template from a YAML file, with anchors and merge keys, or from a JSON file.

    ``environments`` stays in it: :meth:`Client.register_task` takes the name of one, and the database lays it over the
    steps. Dates become ISO 8601 texts. Needs PyYAML (``pip install tasker-core[yaml]``), except for ``.json``. Raises
    ValueError if the file holds no object, ``yaml.YAMLError`` or ``json.JSONDecodeError`` if it cannot be read.
    """
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if os.fspath(path).endswith(".json"):
        found = documents.loads(text)
    else:
        import yaml

        found = yaml.safe_load(text)
    if not isinstance(found, dict):
        raise ValueError(f"{os.fspath(path)} holds no template: its content is no object")
    return cast("dict[str, Any]", _as_json(found))


def _as_json(value: Any) -> Any:
    """YAML has dates, and keys that are no texts."""
    if isinstance(value, dict):
        return {
            key if isinstance(key, str) else documents.dumps(key): _as_json(member) for key, member in value.items()
        }
    if isinstance(value, list):
        return [_as_json(element) for element in value]
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return value
