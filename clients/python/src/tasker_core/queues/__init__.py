"""Queues for an :class:`~tasker_core.Orchestrator`: in memory, Celery and arq."""
