-- A task of ten steps one after the other, which absurd calls checkpoints: claimed and completed as a whole.
SELECT coalesce(max(task_id::text), '') AS task, coalesce(max(run_id::text), '') AS run, count(*) AS found
FROM absurd.claim_task('bench', 'bench') \gset
\if :found
SELECT absurd.set_task_checkpoint_state('bench', :task::uuid, 's1', '{}', :run::uuid);
SELECT absurd.set_task_checkpoint_state('bench', :task::uuid, 's2', '{}', :run::uuid);
SELECT absurd.set_task_checkpoint_state('bench', :task::uuid, 's3', '{}', :run::uuid);
SELECT absurd.set_task_checkpoint_state('bench', :task::uuid, 's4', '{}', :run::uuid);
SELECT absurd.set_task_checkpoint_state('bench', :task::uuid, 's5', '{}', :run::uuid);
SELECT absurd.set_task_checkpoint_state('bench', :task::uuid, 's6', '{}', :run::uuid);
SELECT absurd.set_task_checkpoint_state('bench', :task::uuid, 's7', '{}', :run::uuid);
SELECT absurd.set_task_checkpoint_state('bench', :task::uuid, 's8', '{}', :run::uuid);
SELECT absurd.set_task_checkpoint_state('bench', :task::uuid, 's9', '{}', :run::uuid);
SELECT absurd.set_task_checkpoint_state('bench', :task::uuid, 's10', '{}', :run::uuid);
SELECT absurd.complete_run('bench', :run::uuid, '{}');
\endif
