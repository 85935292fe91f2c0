#!/usr/bin/env bash
# Runs one sync from Jira into a Singer target, here files of JSON lines. Each further run reads only changes.
set -uo pipefail
cd "$(dirname "$0")"
[ -s catalog.json ] || source-jira singer --config config.json --discover >catalog.json || exit 1
state=()
[ ! -s state.json ] || state=(--state state.json)
source-jira singer --config config.json --catalog catalog.json "${state[@]}" | target-jsonl --config target.json >states.new
code=$?
# The states that the target has written are valid even if the run failed. Replace the state file atomically.
if [ -s states.new ]; then
    tail -n 1 states.new >state.new && mv state.new state.json || code=1
fi
rm -f states.new
exit "$code"
