"""The Singer SDK's own tests of taps. They know taps in Python only, so the executable stands behind one that has nothing of its own.

Environment: SOURCE_JIRA, the executable; CONFIG, a config file.
"""
import json
import os
import subprocess
import sys

from singer_sdk import Stream, Tap
from singer_sdk.singerlib import Catalog
from singer_sdk.singerlib.catalog import Metadata
from singer_sdk.testing import SuiteConfig, get_tap_test_class

EXECUTABLE, CONFIG = os.environ["SOURCE_JIRA"], os.environ["CONFIG"]
# What only shows beside an earlier sync, or where something was deleted or moved.
EMPTY = ["deleted_attachments", "deleted_comments", "deleted_components", "deleted_issues", "deleted_sprints", "deleted_versions",
         "deleted_worklogs", "key_history"]


def call(*arguments):
    return subprocess.run([EXECUTABLE, "--config", CONFIG, *arguments], check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


class Behind(Stream):
    def __init__(self, tap, entry):
        super().__init__(tap, schema=entry.schema.to_dict(), name=entry.tap_stream_id)
        self.primary_keys = entry.key_properties
        self.replication_key = entry.metadata.root.replication_key

    def get_records(self, context):
        raise NotImplementedError("the executable writes them")


class SourceJira(Tap):
    name = "source-jira"
    config_jsonschema = {"type": "object", "properties": {}}

    def discover_streams(self):
        return [Behind(self, entry) for entry in Catalog.from_dict(json.loads(call("--discover"))).streams]

    def run_connection_test(self):
        subprocess.run([EXECUTABLE, "check", "--config", CONFIG], check=True, stdout=subprocess.DEVNULL)
        return True

    def run_sync_dry_run(self, dry_run_record_limit=None, streams=None):
        sys.stdout.write(call())
        return True


TestSourceJira = get_tap_test_class(
    SourceJira, config={}, suite_config=SuiteConfig(ignore_no_records_for_streams=EMPTY)
)


def is_plain(values):
    """The tests of properties know one type each, but an issue property may hold anything."""
    name = getattr(values, "attribute_name", None)
    return name is None or len(set(values.stream.schema["properties"][name]["type"]) - {"null"}) == 1


for name, params in TestSourceJira.params.items():
    TestSourceJira.params[name] = [param for param in params if is_plain(param.values)]
    if not TestSourceJira.params[name]:
        delattr(TestSourceJira, name)


def test_the_sdk_reads_the_catalog_as_it_is_meant():
    """Everything is selected, keys and cursors always, and a choice is understood alike."""
    written = json.loads(call("--discover"))
    catalog = Catalog.from_dict(written)
    assert len(catalog) == len(written["streams"])
    for entry in catalog.streams:
        assert all(entry.metadata.resolve_selection().values()), entry.tap_stream_id
        for path, metadata in entry.metadata.items():
            assert metadata.inclusion in list(Metadata.InclusionType), path
        root = entry.metadata.root
        assert list(root.table_key_properties) == list(entry.key_properties)
        for name in [*entry.key_properties, *(root.valid_replication_keys or [])]:
            assert entry.metadata["properties", name].inclusion == "automatic", name


def test_keys_are_unique():
    keys, schemas = set(), {}
    for message in map(json.loads, call().rstrip("\n").split("\n")):
        if message["type"] == "SCHEMA":
            schemas[message["stream"]] = message["key_properties"]
        if message["type"] == "RECORD":
            key = (message["stream"], *(str(message["record"][name]) for name in schemas[message["stream"]]))
            assert key not in keys, key
            keys.add(key)
    assert len({key[0] for key in keys}) == len(schemas) - len(EMPTY)
