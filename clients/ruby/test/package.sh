#!/usr/bin/env bash
# The package: style, and that what `gem build` makes can be installed and used. Argument: a Ruby. Output: "ok …" or "not ok …" for
# each.
set -uo pipefail
ruby=$1
cd "$(dirname "$0")/.."
failed=0
check() { # check NAME COMMAND…
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "ok ruby $name"
    else
        echo "not ok ruby $name"
        echo "$output"
        failed=1
    fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check 'rubocop' rubocop --cache false

no_warnings() {
    local file
    for file in lib/*.rb lib/tasker_core/*.rb lib/tasker_core/queues/*.rb lib/generators/tasker_core/*/*.rb exe/* test/*.rb test/rails/*/*.rb; do
        [ "$("$ruby" -wc "$file" 2>&1)" = 'Syntax OK' ] || { "$ruby" -wc "$file"; return 1; }
    done
}
check 'no warnings' no_warnings

# Some tests again, with a check of what each method takes and returns.
signatures() {
    "$ruby" -r rbs -r rbs/cli -e 'RBS::CLI.new(stdout: $stdout, stderr: $stderr).run(%w[-I sig validate --silent])' &&
        RBS_TEST_TARGET='TaskerCore::*' RBS_TEST_OPT='-I sig' RBS_TEST_LOGLEVEL=error RUBYOPT=-rrbs/test/setup \
            "$ruby" test/run.rb DrainTest.test_the_clock ClientTest.test_operate ClientTest.test_create QueueTest.test_memory \
            WorkerTest.test_metrics HandlerTest.test_classes
}
if "$ruby" -e 'require "rbs"' 2>/dev/null; then
    check 'signatures' signatures
else
    echo 'skipped ruby signatures: there is no rbs'
fi

# The version is that of the extension, as RubyGems writes it.
same_version() {
    local extension
    extension=$(sed -n 's/^version = "\(.*\)"$/\1/p' ../../Cargo.toml | head -n 1)
    grep -qF "VERSION = \"${extension/-dev/.dev0}\"" lib/tasker_core/version.rb
}
check 'version' same_version

adapters_are_short() { [ "$(wc -l lib/tasker_core/queues/*.rb | awk '$2 != "total" && $1 > 59' | wc -l)" -eq 0 ]; }
check 'adapters of queues have less than 60 lines' adapters_are_short

# Without its dependencies, which need the network: they are there.
build() {
    gem build --quiet --output "$work/tasker_core.gem" tasker_core.gemspec &&
        gem install --quiet --local --ignore-dependencies --no-document --install-dir "$work/gems" --bindir "$work/bin" "$work/tasker_core.gem" &&
        (
            cmp LICENSE ../../LICENSE && cd "$work" && export GEM_PATH="$work/gems:${GEM_PATH:-$(gem environment path)}" &&
                "$ruby" -W:no-experimental - <<'CODE' && "$ruby" "$work/bin/tasker_core" --help | grep -q '^Usage: tasker_core work FILE'
gem "tasker_core"
require "tasker_core"
require "tasker_core/testing"
require "tasker_core/queues/memory"
spec = Gem.loaded_specs.fetch("tasker_core")
raise "another tasker_core: #{spec.gem_dir}" unless spec.gem_dir.start_with?(Dir.pwd)
raise spec.runtime_dependencies.inspect unless spec.runtime_dependencies.map(&:name) == ["pg"]
raise "it has tests" if File.exist?(File.join(spec.gem_dir, "test"))
%w[LICENSE lib/generators/tasker_core/install/templates/initializer.rb.tt lib/tasker_core/queues/active_job.rb lib/tasker_core/models.rb sig/tasker_core.rbs].each { |file| raise file unless File.exist?(File.join(spec.gem_dir, file)) }
CODE
        )
}
check 'package' build
exit $failed
