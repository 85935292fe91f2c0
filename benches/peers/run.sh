#!/usr/bin/env bash
# What a full sync costs beside Airbyte's connector in Python (airbyte-source-jira, of PyPI): requests, time, CPU, memory, both
# in one run against the same simulated site. Prints a table in Markdown.
#
#   benches/peers/run.sh [ISSUES]     default: 2000; takes some minutes
#
# Needs a Python below 3.12, because the wheel does, and `cargo build --release`.
set -euo pipefail
export PYTHONDONTWRITEBYTECODE=1
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
root=$(realpath "$here/../..")
binary=$(realpath "${CARGO_TARGET_DIR:-$root/target}/release/source-jira")
[ -x "$binary" ] || { sed -n '2,8p' "$0" >&2; echo "no executable at $binary" >&2; exit 2; }

python=$("$root/integration_tests/clients/venv.sh" peer airbyte-source-jira==4.0.0)
PYTHONPATH=$root/integration_tests/clients exec "$python" "$here/compare.py" "$binary" "${1:-2000}"
