# For scripts that read a site of their own: source it, with the binary as first argument. Starts a simulated site and sets
# $binary, $clients (this folder), $venvs, $work (thrown away at the end) and $site (the site's address); $work/config.json signs in.
set -euo pipefail
binary=$(realpath "${1:?the path of source-jira, built with the feature demo}")
clients=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
cache=${SOURCE_JIRA_CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/source-jira-ci}
venvs=$cache/venvs
work=$(mktemp -d "${TMPDIR:-/tmp}/source-jira-client.XXXXXX")
# The caller may have a site of its own.
unset ATLASSIAN_API_URL ATLASSIAN_AUTH_URL
site_pid=
cleanup() {
    local code=$?
    trap - EXIT
    [ -z "$site_pid" ] || kill "$site_pid" 2>/dev/null || true
    rm -rf "$work"
    exit "$code"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# venv NAME REQUIREMENT…: made once, see venv.sh.
venv() { "$clients/venv.sh" "$@" >/dev/null; }

"$binary" demo --serve --port 0 --issues "${ISSUES:-300}" >"$work/site.json" 2>"$work/site.err" &
site_pid=$!
for _ in $(seq 300); do
    [ -s "$work/site.json" ] && break
    kill -0 "$site_pid" 2>/dev/null || break
    sleep 0.1
done
[ -s "$work/site.json" ] || { cat "$work/site.err"; echo '`demo --serve` did not come up'; exit 1; }
site=$(python3 - "$work" <<'END'
import json, sys
site = json.load(open(sys.argv[1] + "/site.json"))
json.dump({"credentials": {"auth_type": "API Token", "email": site["email"], "api_token": site["api_token"]},
           "domain": site["domain"]}, open(sys.argv[1] + "/config.json", "w"))
print(site["url"])
END
)
