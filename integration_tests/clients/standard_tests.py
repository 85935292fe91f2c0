"""Lays out a connector's folder as the CDK's standard tests want it, with a config of a simulated site among its secrets,
and runs them. Started by standard_tests.sh."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from site_of import Site

# `test_spec`, and the others for each config of acceptance-test-config.yml that asks for them.
AT_LEAST = 7


def lay_out(site, root, work):
    # The folder's name is the connector's.
    folder = work / "source-jira"
    (folder / "integration_tests").mkdir(parents=True)
    (folder / "secrets").mkdir()
    for name in ("metadata.yaml", "acceptance-test-config.yml"):
        shutil.copy(root / name, folder)
    for path in (root / "integration_tests").glob("*.json"):
        shutil.copy(path, folder / "integration_tests")
    (folder / "secrets" / "config.json").write_text(json.dumps(site.config()))
    return folder


def main():
    executable, root, work = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    with Site(executable, issues=300) as site:
        folder = lay_out(site, root, work)
        tests = Path(__file__).with_name("test_standard.py")
        command = [
            sys.executable, "-m", "pytest", "-q", "-rfE", "--no-header", "-p", "no:cacheprovider",
            "-p", "airbyte_cdk.test.standard_tests.pytest_hooks", f"--rootdir={folder}", "-m", "not image_tests",
            "-W", "ignore::pytest.PytestUnknownMarkWarning",
            # What will be an error in a later version of the CDK is one here.
            "-W", "error::airbyte_cdk.test.standard_tests.DiscoveredCatalogWarning", str(tests),
        ]
        environment = dict(os.environ, SOURCE_JIRA=executable, SOURCE_JIRA_ROOT=str(folder))
        run = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    passed = re.search(r"(\d+) passed", run.stdout)
    if run.returncode or not passed or int(passed[1]) < AT_LEAST:
        raise SystemExit(run.stdout[-6000:] or f"pytest exited with {run.returncode}")
    print(f"ok: metadata.yaml is valid; CDK standard tests: {run.stdout.strip().splitlines()[-1].strip('= ')}")


main()
