#!/usr/bin/env bash
# One sync from Jira into a Singer target, here files of JSON lines. Run it again, by hand or by cron: only what has changed comes.
set -uo pipefail
cd "$(dirname "$0")"
[ -s catalog.json ] || source-jira singer --config config.json --discover >catalog.json || exit 1
state=()
[ ! -s state.json ] || state=(--state state.json)
source-jira singer --config config.json --catalog catalog.json "${state[@]}" | target-jsonl --config target.json >states.new
code=$?
# What the target tells it has stored counts, even if the run failed. Never half a file in its place.
if [ -s states.new ]; then
    tail -n 1 states.new >state.new && mv state.new state.json || code=1
fi
rm -f states.new
exit "$code"
