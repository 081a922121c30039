-- Whether there is anything to keep to: without limits a claim asks no further.
SELECT EXISTS (SELECT FROM @installation@.tasker_core_limits) AS is_limited
