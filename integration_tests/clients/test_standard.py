"""The CDK's standard tests of a source, run on an executable. They want a connector written in Python: an object stands in
for it, and the one function by which they run a connector is replaced by one that starts the executable and hands over
its output as it is. Started by standard_tests.py."""

import os
import subprocess
from pathlib import Path

from airbyte_cdk.test import entrypoint_wrapper
from airbyte_cdk.test.standard_tests.source_base import SourceTestSuiteBase

SECONDS = 600


class Executable:
    path = os.environ["SOURCE_JIRA"]

    def spec(self, logger):
        """The tests know a connector by this method; nothing calls it."""
        raise NotImplementedError


def run(source, args, expecting_exception=None, *, expected_outcome=None):
    # The suite gives `spec` a catalog, which no connector takes.
    command = [source.path, *(args if args[0] != "spec" else ["spec"])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    failure = subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr) if done.returncode else None
    # Not `splitlines`, which takes U+2028 in a text for the end of a line.
    messages = [line for line in done.stdout.split("\n") if line]
    return entrypoint_wrapper.EntrypointOutput(messages=messages, uncaught_exception=failure)


entrypoint_wrapper._run_command = run


class TestSourceJira(SourceTestSuiteBase):
    connector = Executable

    @classmethod
    def create_connector(cls, scenario):
        return Executable()

    @classmethod
    def get_connector_root_dir(cls):
        return Path(os.environ["SOURCE_JIRA_ROOT"])
