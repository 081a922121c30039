#!/usr/bin/env bash
# The package: types, style, and that what `python -m build` makes can be installed and used. Argument: a Python with the packages
# of tests/requirements.txt. Output: "ok …" or "not ok …" for each.
set -uo pipefail
python=$1
cd "$(dirname "$0")/.."
failed=0
check() { # check NAME COMMAND…
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "ok python $name"
    else
        echo "not ok python $name"
        echo "$output"
        failed=1
    fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check 'mypy --strict' "$python" -m mypy --cache-dir "$work/mypy"
check 'ruff' "$python" -m ruff check --no-cache .
check 'ruff format' "$python" -m ruff format --no-cache --check .

# The version is that of the extension, as PEP 440 writes it.
same_version() {
    local extension
    extension=$(sed -n 's/^version = "\(.*\)"$/\1/p' ../../Cargo.toml | head -n 1)
    grep -qxF "version = \"${extension/-dev/.dev0}\"" pyproject.toml &&
        grep -qxF "__version__ = \"${extension/-dev/.dev0}\"" src/tasker_core/__init__.py
}
check 'version' same_version

adapters_are_short() { [ "$(wc -l src/tasker_core/queues/*.py | awk '$2 != "total" && $1 > 59' | wc -l)" -eq 0 ]; }
check 'adapters of queues have less than 60 lines' adapters_are_short

# A copy, since the build leaves files beside the sources. Without isolation, it needs no network.
license=$(realpath ../../LICENSE)
build() {
    cp -r pyproject.toml README.md LICENSE MANIFEST.in src tests "$work" && rm -rf "$work"/src/*.egg-info &&
        "$python" -m build --no-isolation --outdir "$work/dist" "$work" &&
        "$python" -m pip --quiet --disable-pip-version-check install --no-deps --target "$work/installed" "$work"/dist/*.whl &&
        env -C "$work" LICENSE="$license" PYTHONPATH="$work/installed" "$python" - <<'CODE'
import importlib.metadata, importlib.resources, os, pathlib, tarfile, tasker_core
assert tasker_core.__file__.startswith(os.environ["PYTHONPATH"]), tasker_core.__file__
assert importlib.resources.files("tasker_core").joinpath("py.typed").is_file()
names = {str(file) for file in importlib.metadata.files("tasker-core")}
assert "tasker_core/queues/celery.py" in names and "tasker_core/models/sqlalchemy.py" in names, names
assert not any(name.startswith("tests") for name in names), names
[license] = [file for file in importlib.metadata.files("tasker-core") if file.name == "LICENSE"]
assert license.read_text() == open(os.environ["LICENSE"]).read()
[source] = pathlib.Path("dist").glob("*.tar.gz")
inside = tarfile.open(source).getnames()
assert f"{inside[0]}/LICENSE" in inside and not any("/tests" in name for name in inside), inside
required = importlib.metadata.requires("tasker-core")
assert [line for line in required if "extra" not in line] == ["psycopg>=3.2"], required
CODE
}
check 'package' build
exit $failed
