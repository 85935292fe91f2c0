#!/usr/bin/env bash
# The round trip with Airbyte's own source-jira, from PyPI: its state → ours → its → ours, against one simulated site.
#
#   integration_tests/clients/airbyte_source_jira.sh BINARY     an executable with the feature `demo`
#
# Its environment is made once, in $SOURCE_JIRA_CI_CACHE/venvs (default: ~/.cache/source-jira-ci/venvs).
set -euo pipefail
export PYTHONDONTWRITEBYTECODE=1
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
binary=$(realpath "$1")

# PyPI has no newer one. Its CDK is pinned by what was proven to work with it.
python=$("$here/venv.sh" airbyte-source-jira airbyte-source-jira==4.0.0 airbyte-cdk==6.61.6)
exec "$python" "$here/airbyte_source_jira.py" "$binary"
