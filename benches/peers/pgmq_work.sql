-- A queue alone: no graph, no retries.
SELECT coalesce(max(msg_id), 0) AS message FROM pgmq.read('bench', 30, 1) \gset
\if :message
SELECT pgmq.archive('bench', :message::bigint);
\endif
