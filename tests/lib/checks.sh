# How the suites in the shell check and report: a line "ok NAME" for each check that holds; the first that does not ends the
# run. To be sourced after cluster.sh.

sql() { psql -XqtA -v ON_ERROR_STOP=1 "$@"; }
ok() { echo "ok $1"; }
fail() { # fail NAME REASON
    echo "not ok $1: $2" >&2
    tail -30 "$CLUSTER_DIR/log" >&2
    exit 1
}
must_equal() { # must_equal NAME VALUE EXPECTED: a part of a check, without a line of its own
    [ "$2" = "$3" ] || fail "$1" "«$2» is not «$3»"
}
equal() { # equal NAME VALUE EXPECTED
    must_equal "$@"
    ok "$1"
}
becomes() { # becomes NAME EXPECTED DATABASE QUERY…: waits for an answer, for two minutes at most
    local name=$1 expected=$2 database=$3 value
    shift 3
    for _ in $(seq 1200); do
        value=$(sql -d "$database" "$@" 2>&1) || true
        [ "$value" != "$expected" ] || return 0
        sleep 0.1
    done
    fail "$name" "«$value» has not become «$expected»"
}
