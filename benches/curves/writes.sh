# What the engine's own writes cost with the extension and without it. To be sourced by curves.sh.

# Of the tables that the engine has, or of ours: rows updated, of them HOT, and dead ones.
tuples() {
    quiet_psql --field-separator ' ' --command "SELECT coalesce(sum(n_tup_upd), 0), coalesce(sum(n_tup_hot_upd), 0), coalesce(sum(n_tup_ins), 0)
        FROM pg_stat_user_tables WHERE schemaname = 'public' AND relname $1 '^tasker_core_'"
}

curve_writes() {
    local side count=2000 before wal engine_before own_before engine own first=0
    [ -z "$SHORT" ] || count=100
    echo "The engine's writes for one step (write_cycle.sql), without our triggers and with them, of a step"
    printf ' %-8s %10s %26s %26s\n' triggers "WAL in B" "engine: rows new/upd/HOT" "ours: rows new/upd/HOT"
    for side in baseline tasker; do
        quiet_psql --set side=$side --file switch_triggers.sql
        quiet_psql --command "SELECT pg_stat_reset()" --output /dev/null
        wal=$(wal_position)
        pgbench --no-vacuum --protocol prepared --client 1 --transactions "$count" --define i=$((first - 1)) --file write_cycle.sql >/dev/null 2>&1
        wal=$((($(wal_position) - wal) / count)) first=$((first + count))
        sleep 1
        read -r -a engine <<<"$(tuples '!~')"
        read -r -a own <<<"$(tuples '~')"
        awk -v side=$side -v wal=$wal -v count=$count -v e="${engine[*]}" -v o="${own[*]}" '
            function rows(text, part) { split(text, part, " "); return sprintf("%.1f / %.1f / %.1f", part[3] / count, part[1] / count, part[2] / count) }
            BEGIN { printf " %-8s %10d %26s %26s\n", side == "tasker" ? "on" : "off", wal, rows(e), rows(o) }'
    done
}
