#!/usr/bin/env bash
# PyAirbyte with the connector as a local executable, into DuckDB and into a real PostgreSQL: see pyairbyte.py.
#
#   integration_tests/clients/pyairbyte.sh BINARY
#
# BINARY has the feature `demo`: it serves the site, too. PostgreSQL is Debian's package; where apt-get exists and it is
# missing, it is installed (as root, or by sudo). It runs on a free port as a user that is not root, and is removed at the end.
set -euo pipefail
export PYTHONDONTWRITEBYTECODE=1
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
[ $# -eq 1 ] || { sed -n '2,7p' "$0" >&2; exit 2; }
binary=$(realpath "$1")

python=$("$here/venv.sh" pyab airbyte==0.71.3)

work=$(mktemp -d /tmp/source-jira-pyairbyte.XXXXXX)
postgres_pid=
cleanup() {
    local code=$?
    trap - EXIT
    # A fast shutdown; the folder can go only after it.
    [ -z "$postgres_pid" ] || { kill -INT "$postgres_pid" 2>/dev/null && wait "$postgres_pid" || true; }
    rm -rf "$work"
    exit "$code"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Debian keeps the programs of a server out of PATH.
newest() { { ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null || true; } | sort -V | tail -1 | xargs -r dirname; }
bin=$(newest)
if [ -z "$bin" ]; then
    type -P apt-get >/dev/null && { [ "$(id -u)" = 0 ] || type -P sudo >/dev/null; } \
        || { echo 'PostgreSQL is missing; on Debian: apt-get install postgresql' >&2; exit 1; }
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    # The package would start a server of its own otherwise.
    "${as_root[@]}" sh -c 'set -e
        mkdir -p /etc/postgresql-common
        cd /etc/postgresql-common
        [ -e createcluster.conf ] || echo "create_main_cluster = false" >createcluster.conf
        apt-get update
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql' >"$work/apt.log" 2>&1 \
        || { tail -20 "$work/apt.log" >&2; exit 1; }
    bin=$(newest)
fi

# PostgreSQL refuses to run as root. `setpriv` becomes the server, so that its process id is ours to stop.
as_user=()
if [ "$(id -u)" = 0 ]; then
    as_user=(setpriv --reuid postgres --regid postgres --clear-groups)
    chown postgres "$work"
fi
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cd "$work"
"${as_user[@]}" "$bin/initdb" -D "$work/data" -U postgres -A trust -E UTF8 --no-sync >"$work/initdb.log" 2>&1 \
    || { tail -20 "$work/initdb.log" >&2; exit 1; }
"${as_user[@]}" "$bin/postgres" -D "$work/data" -p "$port" -h 127.0.0.1 -k "$work" -c fsync=off >"$work/postgres.log" 2>&1 &
postgres_pid=$!
for _ in $(seq 300); do
    "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" && break
    kill -0 "$postgres_pid" 2>/dev/null || break
    sleep 0.1
done
"$bin/pg_isready" -q -h 127.0.0.1 -p "$port" || { tail -20 "$work/postgres.log" >&2; exit 1; }

TMPDIR=$work "$python" "$here/pyairbyte.py" "$binary" --postgres "$port"
