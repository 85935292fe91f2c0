#!/usr/bin/env bash
# Makes a Python environment out of PyPI, or finds the one made before, and prints the path of its python.
#
#   integration_tests/clients/venv.sh NAME REQUIREMENT…
#
# Environments live in $SOURCE_JIRA_CI_CACHE/venvs (default: ~/.cache/source-jira-ci/venvs). Each client has its own, because
# their requirements contradict each other.
set -euo pipefail

[ $# -ge 2 ] || { sed -n '2,7p' "$0" >&2; exit 2; }
venv=${SOURCE_JIRA_CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/source-jira-ci}/venvs/$1
shift

mkdir -p "$venv"
# Two clients may want the same environment at the same time.
exec 9>"$venv/lock"
flock 9
if [ "$(cat "$venv/requirements" 2>/dev/null)" != "$*" ]; then
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2
    echo "$*" >"$venv/requirements"
fi
echo "$venv/bin/python"
