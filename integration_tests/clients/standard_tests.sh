#!/usr/bin/env bash
# Airbyte's own tests of a connector, with this executable: the CDK's standard tests over acceptance-test-config.yml (see
# test_standard.py), and metadata.yaml against the model that Airbyte publishes.
#
#   integration_tests/clients/standard_tests.sh BINARY
#
# BINARY has the feature `demo`: it serves the site, too.
set -euo pipefail
export PYTHONDONTWRITEBYTECODE=1
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
[ $# -eq 1 ] || { sed -n '2,7p' "$0" >&2; exit 2; }
binary=$(realpath "$1")
root=$(realpath "$here/../..")

# The seam that test_standard.py uses is private to the CDK: this version, and no other.
python=$("$here/venv.sh" cdk 'airbyte-cdk[dev]==7.39.1' pyyaml jsonschema airbyte-connector-models==0.1.12)

work=$(mktemp -d /tmp/source-jira-standard.XXXXXX)
trap 'rm -rf "$work"' EXIT
"$python" "$here/metadata.py" "$root/metadata.yaml"
TMPDIR=$work "$python" "$here/standard_tests.py" "$binary" "$root" "$work"
