#!/usr/bin/env bash
# The package: types, and that what `npm pack` makes can be installed and used. Argument: a folder with the sources, and with what
# package-lock.json names. Output: "ok …" or "not ok …" for each.
set -uo pipefail
cd "$(dirname "$0")/.."
sources=$(realpath "$1")
failed=0
check() { # check NAME COMMAND…
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "ok node $name"
    else
        echo "not ok node $name"
        echo "$output"
        failed=1
    fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check 'biome' "$sources/node_modules/.bin/biome" ci --error-on-warnings --colors=off .

same_version() {
    local extension
    extension=$(sed -n 's/^version = "\(.*\)"$/\1/p' ../../Cargo.toml | head -n 1)
    [ "$(node -p '["package", "package-lock"].map((file) => require(`./${file}.json`).version).join()')" = "$extension,$extension" ]
}
check 'version' same_version

adapters_are_short() { [ "$(wc -l src/queues/*.ts | awk '$2 != "total" && $1 > 59' | wc -l)" -eq 0 ]; }
check 'adapters of queues have less than 60 lines' adapters_are_short

one_dependency() {
    [ "$(node -p 'Object.keys(require("./package.json").dependencies).join()')" = pg ]
}
check 'pg is the only dependency' one_dependency

# `npm pack` compiles. The package is used from a folder that has nothing but pg and its types, as a module, with the strictest
# compiler, and, where this Node can, with require().
pack() {
    (cd "$sources" && npm pack --silent --pack-destination "$work") &&
        tar -xzf "$work"/tasker-core-*.tgz -C "$work" && cmp ../../LICENSE "$work/package/LICENSE" || return 1
    if tar -tzf "$work"/tasker-core-*.tgz | grep -vE '^package/(dist/.*\.(js|d\.ts)|package\.json|README\.md|LICENSE)$'; then
        echo 'these files do not belong into the package'
        return 1
    fi
    mkdir -p "$work/app/node_modules/@types"
    mv "$work/package" "$work/app/node_modules/tasker-core"
    local needed
    for needed in pg pg-connection-string pg-int8 pg-pool pg-protocol pg-types pgpass postgres-array postgres-bytea postgres-date \
        postgres-interval split2 xtend @types/pg @types/node undici-types; do
        cp -r "$sources/node_modules/$needed" "$work/app/node_modules/$needed"
    done
    cat >"$work/app/app.mts" <<'CODE'
import { ApiHandler, Client, Database, Handlers, StepHandler, type Step, type StepSequence, type Task } from "tasker-core";
import { MemoryQueue } from "tasker-core/queues/memory";
import { drain } from "tasker-core/testing";

class Charge extends StepHandler<{ total: number }> {
  process(task: Task<{ total: number }>, sequence: StepSequence, step: Step) {
    return { paid: task.context.total.toFixed(2), parents: sequence.parentResults, attempt: step.attempt };
  }
}
class Reserve extends ApiHandler {
  process(task: Task) {
    return this.request("POST", "reservations", { json: { cart: task.context.cart } });
  }
}
const handlers = new Handlers().register("charge", Charge).register({ step: "reserve", task: "order" }, Reserve);
const database = new Database("postgres://nowhere/shop", { schema: "tasker" });
console.log([new Client(database), new MemoryQueue(database, handlers), drain, handlers.stepNames()].length);
CODE
    cd "$work/app" || return 1
    node "$sources/node_modules/typescript/bin/tsc" --strict --exactOptionalPropertyTypes --module nodenext --target es2022 \
        --types node app.mts && [ "$(node app.mjs)" = 4 ] || return 1
    node -e 'process.exit(process.features.require_module ? 0 : 1)' || return 0
    node --no-warnings -e 'require("tasker-core").Worker.name === "Worker" || process.exit(1)'
}
check 'package' pack
exit $failed
