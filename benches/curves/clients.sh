# The whole life of steps by the number of workers. To be sourced by curves.sh.

curve_clients() {
    local clients counts=(1 2 4 8 16 32)
    [ -z "$SHORT" ] || counts=(1 4)
    echo "The whole life of a step by the number of workers, $LIFE_TASKS chains of ten"
    SEARCH_PATH=$life_schema,public DONE=$LIFE_DONE
    life_scripts
    life_tables
    life_warm_up
    for clients in "${counts[@]}"; do
        life_tasks "$LIFE_TASKS" chain
        steps_row "$clients, one by one" - "$clients" $((LIFE_TASKS * 10)) "$WORK/by_one.sql"
    done
    for clients in "${counts[@]}"; do
        life_tasks "$LIFE_TASKS" chain
        steps_row "$clients, going on" - "$clients" $((LIFE_TASKS * 10 + clients)) "$WORK/go_on.sql" --define step=0 --define token=-
    done
    for clients in "${counts[@]}"; do
        life_tasks "$LIFE_TASKS" chain
        steps_row "$clients, ten at a time" - "$clients" "$LIFE_TASKS" "$WORK/by_ten.sql"
    done
}
