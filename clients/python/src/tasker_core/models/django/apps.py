"""The app."""

from django.apps import AppConfig


class TaskerConfig(AppConfig):
    """The app ``tasker``."""

    name = "tasker_core.models.django"
    label = "tasker"
    verbose_name = "Tasker"
