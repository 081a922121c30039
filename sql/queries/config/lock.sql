-- Changes take turns, so that versions have no gaps and nobody's change is lost.
LOCK TABLE @installation@.tasker_core_config IN SHARE ROW EXCLUSIVE MODE
