# What a claim costs by the number of tasks that wait. To be sourced by curves.sh.

curve_waiting() {
    local waiting=0 wanted counts=(1000 10000 100000 500000) one hundred
    [ -z "$SHORT" ] || counts=(600 1200)
    echo "A claim by the number of waiting tasks, of two steps each: ms, the best of five"
    printf ' %9s %10s %13s\n' waiting "of 1 step" "of 100 steps"
    SEARCH_PATH=$life_schema,public
    life_tables
    for wanted in "${counts[@]}"; do
        life_tasks $((wanted - waiting)) chain 2
        waiting=$wanted
        one=$(claim_cost 1) hundred=$(claim_cost 100)
        printf ' %9s %10s %13s\n' "$waiting" "$one" "$hundred"
    done
}
