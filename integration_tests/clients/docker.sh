#!/usr/bin/env bash
# Runs the image as Airbyte does: config, catalog and state mounted, nothing writable, no capability, user 1000, and no
# network but the site's. Then through PyAirbyte's docker executor.
#
#   integration_tests/clients/docker.sh IMAGE BINARY
#
# `docker` is whatever goes by that name on PATH; `.ci/image` puts podman there (see podman/docker). A plain machine:
#   docker build -t source-jira . && cargo build --release && integration_tests/clients/docker.sh source-jira target/release/source-jira
# The image and BINARY have the feature `demo`.
set -euo pipefail
export PYTHONDONTWRITEBYTECODE=1
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
[ $# -eq 2 ] || { sed -n '2,9p' "$0" >&2; exit 2; }
image=$1 binary=$(realpath "$2")

fail() { echo "docker: FAILED: $*" >&2; exit 1; }
work=$(mktemp -d /tmp/source-jira-docker.XXXXXX)
site=source-jira-site-$$
cleanup() {
    local code=$?
    trap - EXIT
    docker rm --force "$site" >/dev/null 2>&1 || true
    rm -rf "$work"
    exit "$code"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- a site without any network: those who share its loopback reach it, and nothing else ----------------

strict=(--cap-drop ALL --security-opt no-new-privileges --read-only --user 1000:1000)
docker run --detach --name "$site" "${strict[@]}" --network none "$image" demo --serve --port 8080 --issues 300 >/dev/null
for _ in $(seq 300); do
    docker logs "$site" 2>/dev/null | grep -q api_token && break
    sleep 0.1
done
docker logs "$site" 2>/dev/null | grep api_token >"$work/site.json" || fail "the site did not come up: $(docker logs "$site" 2>&1 | tail -3)"
inside() { docker run --rm "${strict[@]}" --network "container:$site" --entrypoint sh "$image" -c "$1"; }
[ "$(inside 'tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " \n"')" = lo ] || fail 'there is more than a loopback'

mkdir "$work/secrets" "$work/config"
python3 - "$work" <<'END_OF_PYTHON'
import json, sys
work = sys.argv[1]
site = json.load(open(f"{work}/site.json"))
credentials = {"auth_type": "API Token", "email": site["email"], "api_token": site["api_token"]}
json.dump({"credentials": credentials, "domain": "127.0.0.1:8080"}, open(f"{work}/secrets/config.json", "w"))
END_OF_PYTHON
# Read by user 1000, whichever user runs this.
chmod 0755 "$work" "$work/secrets" "$work/config"
chmod 0644 "$work/secrets/config.json"

# ---- every command ---------------------------------------------------------------------------------------

run() { # OUTPUT ARGUMENT…
    local output=$1; shift
    docker run --rm "${strict[@]}" --network "container:$site" -v "$work/secrets:/secrets:ro" -v "$work/config:/config:ro" \
        "$image" "$@" >"$work/$output" 2>"$work/stderr" || fail "$1 exited with $?: $(tail -q -n 3 "$work/$output" "$work/stderr")"
}
run spec.out spec
run check.out check --config /secrets/config.json
run discover.out discover --config /secrets/config.json
python3 - "$work" <<'END_OF_PYTHON'
import json, sys
work = sys.argv[1]
def only(file, kind):
    return next(message for message in map(json.loads, open(f"{work}/{file}")) if message["type"] == kind)
only("spec.out", "SPEC")
status = only("check.out", "CONNECTION_STATUS")["connectionStatus"]
if status["status"] != "SUCCEEDED":
    sys.exit(f"check: {status}")
streams = [{"stream": stream, "sync_mode": stream["supported_sync_modes"][-1], "destination_sync_mode": "append_dedup",
            "cursor_field": stream.get("default_cursor_field") or [], "primary_key": stream["source_defined_primary_key"],
            "generation_id": 1, "minimum_generation_id": 0, "sync_id": 1}
           for stream in only("discover.out", "CATALOG")["catalog"]["streams"]]
json.dump({"streams": streams}, open(f"{work}/config/catalog.json", "w"))
END_OF_PYTHON
chmod 0644 "$work/config/catalog.json"
run first.out read --config /secrets/config.json --catalog /config/catalog.json

# judge READ ISSUES: every stream is complete; the issues are as many as the site says. Its states go to /config/state.json.
judge() {
    python3 - "$work" "$@" <<'END_OF_PYTHON'
import collections, json, sys
work, output, issues = sys.argv[1], sys.argv[2], int(sys.argv[3])
records, complete, states = collections.Counter(), set(), {}
for message in map(json.loads, open(f"{work}/{output}")):
    if message["type"] == "RECORD":
        records[message["record"]["stream"]] += 1
    elif message["type"] == "STATE":
        states[message["state"]["stream"]["stream_descriptor"]["name"]] = message["state"]
    elif message.get("trace", {}).get("stream_status", {}).get("status") == "COMPLETE":
        complete.add(message["trace"]["stream_status"]["stream_descriptor"]["name"])
wanted = {stream["stream"]["name"] for stream in json.load(open(f"{work}/config/catalog.json"))["streams"]}
if wanted - complete or wanted - states.keys():
    sys.exit(f"{output}: not complete: {sorted(wanted - complete)}; without a state: {sorted(wanted - states.keys())}")
if records["issues"] != issues:
    sys.exit(f"{output}: {records['issues']} issues instead of {issues}")
json.dump(list(states.values()), open(f"{work}/config/state.json", "w"))
print(sum(records.values()))
END_OF_PYTHON
}
there=$(inside 'wget -qO- http://127.0.0.1:8080/_sim/truth/issues | wc -l')
first=$(judge first.out "$there")
chmod 0644 "$work/config/state.json"

edits='{"edits": [{"kind": "set_field", "issue": "CORE-1", "field": "summary", "value": "Edited"}, {"kind": "add_comment", "issue": "CORE-2"}]}'
inside "wget -qO- --post-data='$edits' http://127.0.0.1:8080/_sim/edits" >/dev/null
run second.out read --config /secrets/config.json --catalog /config/catalog.json --state /config/state.json
second=$(judge second.out 2)

# ---- PyAirbyte starts the image itself, on the host's network as its users do -------------------------------

python=$("$here/venv.sh" pyab airbyte==0.71.3)
TMPDIR=$work "$python" "$here/pyairbyte.py" "$binary" --image "$image" >"$work/pyairbyte.log" 2>&1 \
    || { tail -30 "$work/pyairbyte.log" >&2; fail 'PyAirbyte with the image'; }
echo "ok: read-only, user 1000, no network but the site's: $first records, then $second after 2 edits; PyAirbyte: $(tail -1 "$work/pyairbyte.log" | sed 's/^ok: //')"
