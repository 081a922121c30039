#!/usr/bin/env bash
# Makes the packages, and looks at what they contain and whether their versions agree. With PACKAGES_ROOT=1 (as root), the
# Debian package is also installed, used and removed in a clean Debian 12. Argument: the library, of a release build unless given.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/lib/cluster.sh
source tests/lib/checks.sh
fail() {
    echo "not ok $1: $2" >&2
    exit 1
}

case $("$PG_CONFIG" --pkglibdir) in
/usr/*) ;;
*)
    echo "skipped packages: the PostgreSQL of PG_CONFIG is not from a package of Debian's"
    exit 0
    ;;
esac
.ci/deb "${1:-${CARGO_TARGET_DIR:-target}/release/libtasker_core.so}" >/dev/null
.ci/pgxn >/dev/null

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
major=$("$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
deb=$(ls -t target/packages/postgresql-"$major"-tasker-core_*.deb | head -n 1)
zip=target/packages/tasker_core-$version.zip
work=$(mktemp -d)
root=
finish() {
    rm -rf "$work"
    [ -n "$root" ] || return 0
    chroot "$root" pg_ctlcluster "$major" main stop --mode immediate 2>/dev/null || true
    umount --lazy "$root/proc" || true
    umount --lazy "$root/dev/shm" || true
    rm -rf --one-file-system "$root"
}
trap finish EXIT

dpkg-deb --extract "$deb" "$work/deb"
files=$(cd "$work/deb" && find usr -type f ! -path '*/doc/*' | sort)
library=$("$PG_CONFIG" --pkglibdir)/tasker_core.so
script=$("$PG_CONFIG" --sharedir)/extension/tasker_core--$version.sql
control=$("$PG_CONFIG" --sharedir)/extension/tasker_core.control
updates=$(cd sql && ls tasker_core--*--*.sql | sed "s:^:$(dirname "${script#/}")/:")
equal 'the Debian package has the library, the control file and the scripts' "$files" \
    "$(printf '%s\n' "${library#/}" "${control#/}" "${script#/}" $updates | sort)"
equal 'its script is that of make install' "$(cksum <"$work/deb$script")" "$(cksum <"$script")"
equal 'it needs this PostgreSQL' \
    "$(dpkg-deb --field "$deb" Depends | tr ',' '\n' | grep -c "^ *postgresql-$major$")" 1
equal 'its version is that of the crate' "$(dpkg-deb --field "$deb" Version)" "${version/-/\~}-1"
(cd target/packages && sha256sum --quiet --check "$(basename "$deb").sha256" "$(basename "$zip").sha256")
ok 'both packages match their checksums'

field() { python3 -c 'import json, sys; print(eval("json.load(sys.stdin)" + sys.argv[1]))' "$1"; }
python3 -m zipfile --extract "$zip" "$work"
meta=$work/tasker_core-$version/META.json
equal 'META.json has the version of the crate' "$(field '["version"]' <"$meta")" "$version"
equal 'and for the extension' "$(field '["provides"]["tasker_core"]["version"]' <"$meta")" "$version"
for target in all install; do
    make --directory "$work/tasker_core-$version" --dry-run "$target" >/dev/null
done
ok 'the archive has the targets that the PGXN client calls'

[ "${PACKAGES_ROOT:-}" = 1 ] || exit 0

command -v debootstrap >/dev/null || {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
}
root=$(mktemp -d "${TMPDIR:-/tmp}/tasker_root.XXXXXX")
chmod 755 "$root"
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources 2>/dev/null |
    sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' | head -n 1) || true
debootstrap --variant=minbase bookworm "$root" "$mirror" >"$work/debootstrap.log" || {
    tail -20 "$work/debootstrap.log" >&2
    exit 1
}
# How this machine reaches the mirror.
cp -r /etc/apt/apt.conf.d /etc/apt/auth.conf.d "$root/etc/apt/" 2>/dev/null || true
mount --bind /proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev/shm" 2>/dev/null || true
cp "$deb" "$root/tmp/tasker.deb"
inside() { chroot "$root" env -u RUST_BACKTRACE DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }
ask() { inside runuser -u postgres -- psql -XqtA -v ON_ERROR_STOP=1 -c "$1"; }
echo 'exit 101' | tee "$root/usr/sbin/policy-rc.d" >/dev/null
chmod +x "$root/usr/sbin/policy-rc.d"

inside apt-get install -y --no-install-recommends /tmp/tasker.deb >"$work/install.log" 2>&1 || {
    tail -30 "$work/install.log" >&2
    exit 1
}
ok 'apt installs the package on a clean Debian 12'
inside pg_lsclusters --no-header | grep -q . || inside pg_createcluster "$major" main >/dev/null
inside pg_ctlcluster "$major" main start
ask 'CREATE EXTENSION tasker_core' >/dev/null
ask 'SELECT FROM tasker_install()' >/dev/null
ask "SELECT FROM tasker_register_task('{\"name\": \"parcel\", \"step_templates\": [{\"name\": \"pick\"}]}')" >/dev/null
task=$(ask "SELECT task_id FROM tasker_create_task('parcel', '{}')")
equal 'a step of a new task is claimed' "$(ask "SELECT step_name FROM tasker_claim_steps('worker', max_rows => 1)")" pick
equal 'the doctor finds nothing' "$(ask 'SELECT count(*) FROM tasker_doctor()')" 0
[ -n "$task" ]

if inside apt-get remove -y "postgresql-$major-tasker-core" >"$work/remove.log" 2>&1; then
    fail 'the package stays while a database uses it' 'it was removed'
fi
grep -q 'tasker_core is installed in database "postgres"' "$work/remove.log" || fail 'the refusal names the database' "$(tail -5 "$work/remove.log")"
[ -e "$root$library" ] || fail 'the library stays' 'it is gone'
ok 'the package stays while a database uses it'
ask "SELECT FROM tasker_uninstall(); DROP EXTENSION tasker_core" >/dev/null
inside apt-get remove -y "postgresql-$major-tasker-core" >"$work/remove.log" 2>&1 || { tail "$work/remove.log" >&2; exit 1; }
[ ! -e "$root$library" ] || fail 'the package is removed' 'the library is there'
equal 'after the removal, the tables and their rows are left' "$(ask 'SELECT count(*) FROM tasker_tasks')" 1

# Who wants it gone all the same gets it.
inside apt-get install -y --no-install-recommends /tmp/tasker.deb >"$work/install.log" 2>&1 || { tail -30 "$work/install.log" >&2; exit 1; }
ask 'CREATE EXTENSION tasker_core' >/dev/null
inside env TASKER_CORE_REMOVE=1 apt-get remove -y "postgresql-$major-tasker-core" >"$work/remove.log" 2>&1 || { tail "$work/remove.log" >&2; exit 1; }
[ ! -e "$root$library" ] || fail 'TASKER_CORE_REMOVE removes it' 'the library is there'
ok 'TASKER_CORE_REMOVE removes it all the same'
