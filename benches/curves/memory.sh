# What a session holds on to, and what one big call needs. To be sourced by curves.sh.

curve_memory() {
    local calls=20000 steps=100000
    [ -z "$SHORT" ] || calls=500 steps=2000
    echo "Memory of a session: kB of address space that it holds (VmRSS less shared memory)"
    quiet_psql --output /dev/null --command "SET tasker_core.testkit = on" \
        --command "SELECT tasker_testkit_random_task($steps, 7, 'layers')" --command "ANALYZE"
    quiet_psql --set calls=$calls --set steps=$steps --file curves/memory.sql
}
