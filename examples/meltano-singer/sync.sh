#!/usr/bin/env bash
# Runs one sync from Jira into a Singer target, here files of JSON lines. Each further run reads only changes.
set -euo pipefail
# Only the owner can read what was read from Jira.
umask 077
cd "$(dirname "${BASH_SOURCE[0]}")"
for tool in source-jira target-jsonl flock; do
    command -v "$tool" >/dev/null || { echo "$tool is not on the PATH ($PATH)" >&2; exit 127; }
done

# Two concurrent syncs would overwrite each other's state.
exec 9>lock
flock -n 9 || { echo 'another sync is running' >&2; exit 75; }

if [ ! -s catalog.json ]; then
    source-jira singer --config config.json --discover >catalog.new
    mv catalog.new catalog.json
fi
state=()
[ ! -s state.json ] || state=(--state state.json)

# Ctrl-C stops the tap, but not the script, so that what the target has stored until then is kept.
trap : INT
code=0
source-jira singer --config config.json --catalog catalog.json "${state[@]}" | (trap '' INT; exec target-jsonl --config target.json) >states.new ||
    code=$?

# The states that the target has written are valid even if the run failed. A line without an end is not one of them.
last=
while IFS= read -r line; do last=$line; done <states.new
rm states.new
if [ -n "$last" ]; then
    printf '%s\n' "$last" >state.new
    sync state.new
    mv state.new state.json
fi
exit "$code"
