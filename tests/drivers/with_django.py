"""Django's cursor. It reads jsonb as text: its JSONField decodes, a cursor leaves it to the program."""

import json
import os

import django
from django.conf import settings
from django.db import connection

from common import by_name, renamed, run

settings.configure(
    USE_TZ=True,
    TIME_ZONE="America/New_York",
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["PGDATABASE"], "HOST": os.environ["PGHOST"],
        "PORT": os.environ["PGPORT"], "USER": os.environ["PGUSER"],
    }},
)
django.setup()


def execute(call, parameters):
    with connection.cursor() as cursor:
        cursor.execute(renamed(call["sql"], "%%(p%s)s"), by_name(parameters))
        return [column.name for column in cursor.description], cursor.fetchall()


run(execute, json.dumps, lambda error: getattr(error.__cause__, "sqlstate", None), decode_json=True)
