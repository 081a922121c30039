#!/usr/bin/env bash
# What a release has shipped never changes, and each version has a way from the one before it:
# - each sql/tasker_core--A--B.sql and tests/fixtures/releases/tasker_core--A.sql of a release is in the tree, unchanged;
# - each release in CHANGELOG.md has its fixture, and its commit, but for the version that Cargo.toml names;
# - a tag v* stands on the commit that tests/fixtures/releases/COMMITS names. Many a clone has no tags, and a tag can be moved.
# - the script of Cargo's version is that of its own fixture, or there is an upgrade script from the newest fixture.
# Without arguments it first tries itself on repositories that break each rule.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
# A hook runs with Git's variables, which name the repository of the hook.
unset $(git rev-parse --local-env-vars)

readonly fixtures=tests/fixtures/releases

tag_of() { git rev-parse --quiet --verify "refs/tags/v$1^{commit}" || true; }
recorded() { sed -n "s/^$1 //p" $fixtures/COMMITS 2>/dev/null || true; }

# problems FOLDER: a line for each.
problems() (
    cd "$1"
    local path release fixture newest version commit record
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
    if [ ! -e .git ] || ! git rev-parse --quiet --verify HEAD >/dev/null; then
        echo 'this is no clone: the scripts of releases cannot be compared with their tags'
        return
    fi
    for release in $({ git tag --list 'v[0-9]*' | sed s/^v//; sed 's/ .*//' $fixtures/COMMITS 2>/dev/null; } | sort -uV); do
        commit=$(tag_of "$release") record=$(recorded "$release")
        if [ -n "$commit" ] && [ -n "$record" ] && [ "$commit" != "$record" ]; then
            echo "the tag v$release stands on $commit, but $fixtures/COMMITS names $record"
            continue
        fi
        commit=${commit:-$record}
        if ! git merge-base --is-ancestor "$commit" HEAD 2>/dev/null; then
            echo "$commit, the commit of $release, is not in the history of this clone (git fetch --unshallow --tags)"
            continue
        fi
        while read -r path; do
            case $path in sql/tasker_core--*--*.sql | $fixtures/tasker_core--*.sql) ;; *) continue ;; esac
            if [ ! -e "$path" ]; then
                echo "$path shipped with $release and is gone; restore it (git checkout $commit -- $path)"
            elif ! git diff --quiet "$commit" -- "$path"; then
                echo "$path shipped with $release and must not change; write a new upgrade script"
            fi
        done < <(git ls-tree -r --name-only "$commit" sql $fixtures)
    done
    for release in $(sed -n 's/^## \[\{0,1\}\([0-9][0-9.]*[0-9]\).*/\1/p' CHANGELOG.md); do
        [ -e "$fixtures/tasker_core--$release.sql" ] ||
            echo "$fixtures/tasker_core--$release.sql is missing: CHANGELOG.md lists the release (.ci/release)"
        [ "$release" = "$version" ] || [ -n "$(tag_of "$release")$(recorded "$release")" ] ||
            echo "nothing names the commit of $release, which CHANGELOG.md lists: no tag v$release, no line in $fixtures/COMMITS"
    done
    newest=
    for fixture in $(ls "$fixtures" 2>/dev/null | sed -n 's/^tasker_core--\(.*\)\.sql$/\1/p' | sort -V); do
        newest=$fixture
    done
    if [ -z "$newest" ]; then
        [ -z "$(git tag --list 'v[0-9]*')" ] || echo "$fixtures has no script, but there are tags"
    elif [ "$newest" = "$version" ]; then
        .ci/script | cmp --silent - "$fixtures/tasker_core--$version.sql" ||
            echo "sql/install is not what $version has shipped; raise the version in Cargo.toml and write an upgrade script"
    elif [ ! -e "sql/tasker_core--$newest--$version.sql" ]; then
        echo "sql/tasker_core--$newest--$version.sql is missing: nothing leads from the release $newest to $version"
    fi
)

# expect WHAT PATTERN: the repository in $work has one problem, like the pattern; or none, if that is empty.
expect() {
    local found
    found=$(problems "$work")
    if [ -z "$2" ] && [ -n "$found" ] || ! grep -q -- "$2" <<<"$found" || [ "$(wc -l <<<"$found")" -ne 1 ]; then
        printf 'frozen.sh does not judge as it should: %s: expected «%s», found «%s»\n' "$1" "$2" "$found" >&2
        exit 1
    fi
    git -C "$work" checkout --quiet --force main
    git -C "$work" clean --quiet --force -d
}

try_itself() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/.ci" "$work/sql/install" "$work/tests/fixtures/releases"
    cp "$root/.ci/script" "$work/.ci/"
    (
        cd "$work"
        git init --quiet --initial-branch main
        git config user.name frozen
        git config user.email frozen@localhost
        commit() { git add . && git commit --quiet --no-verify --message "$1"; }
        echo a.sql >sql/install/ORDER
        echo 'SELECT 1;' >sql/install/a.sql
        printf '[package]\nversion = "0.1.0"\n' >Cargo.toml
        printf '# Changelog\n\n## Unreleased\n' >CHANGELOG.md
        commit begin
        git branch before
        printf '# Changelog\n\n## Unreleased\n\n## 0.1.0 (2026-01-01)\n' >CHANGELOG.md
        .ci/script >tests/fixtures/releases/tasker_core--0.1.0.sql
        commit 0.1.0
        git branch release
        git tag v0.1.0
        printf '[package]\nversion = "0.2.0"\n' >Cargo.toml
        echo 'SELECT 2;' >>sql/install/a.sql
        echo 'SELECT 2;' >sql/tasker_core--0.1.0--0.2.0.sql
        printf '# Changelog\n\n## 0.2.0\n\n## 0.1.0 (2026-01-01)\n' >CHANGELOG.md
        .ci/script >tests/fixtures/releases/tasker_core--0.2.0.sql
        commit 0.2.0
        git tag v0.2.0
        printf '[package]\nversion = "0.3.0-dev"\n' >Cargo.toml
        touch sql/tasker_core--0.2.0--0.3.0-dev.sql
        commit 0.3.0-dev
    )
    in_work() { (cd "$work" && eval "$1"); }
    expect 'all is as it should be' ''
    in_work 'git checkout --quiet before && git tag -d v0.1.0 v0.2.0 >/dev/null'
    expect 'before the first release' ''
    in_work 'git checkout --quiet release'
    expect 'the release itself, before its tag' ''
    in_work 'git checkout --quiet release && echo "SELECT 3;" >>sql/install/a.sql'
    expect 'a released version that changes' 'sql/install is not what 0.1.0 has shipped'
    in_work 'git tag v0.2.0 main~1'
    expect 'a tag is missing' 'nothing names the commit of 0.1.0'
    in_work 'git tag v0.1.0 release && echo >>sql/tasker_core--0.1.0--0.2.0.sql'
    expect 'a released script that changes' 'sql/tasker_core--0.1.0--0.2.0.sql shipped with 0.2.0 and must not change'
    in_work 'rm sql/tasker_core--0.1.0--0.2.0.sql'
    expect 'a released script that is deleted' 'sql/tasker_core--0.1.0--0.2.0.sql shipped with 0.2.0 and is gone'
    in_work 'git mv sql/tasker_core--0.1.0--0.2.0.sql sql/tasker_core--0.1.0--0.2.1.sql'
    expect 'a released script that is renamed' 'sql/tasker_core--0.1.0--0.2.0.sql shipped with 0.2.0 and is gone'
    in_work 'echo >>tests/fixtures/releases/tasker_core--0.2.0.sql'
    expect 'a fixture that changes' 'tasker_core--0.2.0.sql shipped with 0.2.0 and must not change'
    in_work 'rm sql/tasker_core--0.2.0--0.3.0-dev.sql'
    expect 'no way to the version' 'nothing leads from the release 0.2.0 to 0.3.0-dev'
    in_work 'for release in 0.1.0 0.2.0; do echo "$release $(git rev-parse v$release)"; done >tests/fixtures/releases/COMMITS
        git add . && git commit --quiet --no-verify --message records'
    expect 'commits are recorded' ''
    in_work 'git tag -d v0.1.0 v0.2.0 >/dev/null'
    expect 'recorded, and no tag' ''
    in_work 'echo >>sql/tasker_core--0.1.0--0.2.0.sql'
    expect 'a change without tags' 'sql/tasker_core--0.1.0--0.2.0.sql shipped with 0.2.0 and must not change'
    in_work 'sed -i "s/^0.2.0 .*/0.2.0 0123456789012345678901234567890123456789/" tests/fixtures/releases/COMMITS'
    expect 'a commit that the clone lacks' 'the commit of 0.2.0, is not in the history'
    in_work 'git tag v0.2.0 main'
    expect 'a tag that was moved' 'the tag v0.2.0 stands on'
    in_work 'git tag -d v0.2.0 >/dev/null; printf "## 0.3.0\n## 0.2.0\n## 0.1.0\n" >CHANGELOG.md && sed -i s/-dev// Cargo.toml
        git mv sql/tasker_core--0.2.0--0.3.0-dev.sql sql/tasker_core--0.2.0--0.3.0.sql'
    expect 'a release without a fixture' 'tasker_core--0.3.0.sql is missing'
    rm -rf "$work/.git"
    [ "$(problems "$work")" != '' ] || { echo 'frozen.sh is content outside a clone' >&2; exit 1; }
}

[ $# -gt 0 ] || try_itself
found=$(problems "${1:-$root}")
[ -z "$found" ] || {
    sed 's/^/frozen: /' <<<"$found" >&2
    exit 1
}
