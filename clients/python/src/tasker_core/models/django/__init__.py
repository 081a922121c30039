"""A Django app with models of the Tasker tables. Needs ``pip install tasker-core[django]``.

Add ``"tasker_core.models.django"`` to ``INSTALLED_APPS``, and import ``tasker_core.models.django.models``. All models
are unmanaged: no migration creates, changes or drops a table. If the tables are in a schema of their own, put it last
into the search path: ``"OPTIONS": {"options": "-c search_path=public,tasker"}``, or by ``ALTER ROLE … SET
search_path``.
"""
