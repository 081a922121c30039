"""Models of the Tasker tables, for reading: ``tasker_core.models.sqlalchemy`` and the Django app
``tasker_core.models.django``.

Read with the models, and write with :class:`~tasker_core.Client`: its functions keep the rules of the state machine.
"""

#: The tables of an installation begin with these letters. Leave them out of migrations.
TABLE_PREFIX = "tasker_"
