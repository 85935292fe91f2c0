"""Runs Airbyte's connector of PyPI against a simulated site: the command line is its own. Two things stand between:

- Its addresses begin with https://; the simulator speaks http on this machine only.
- The newest wheel asks /rest/api/3/search, which Atlassian has removed. Airbyte's newer connector, which is not on PyPI, asks
  /rest/api/3/search/jql, page by page with tokens; the wheel's manifest is changed to do the same, and nothing else."""

import os
import sys

import requests
from airbyte_cdk.entrypoint import launch
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource
from source_jira import SourceJira

SITE = os.environ["SITE"]

TOKENS = {
    "type": "DefaultPaginator",
    "page_size_option": {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "maxResults"},
    "page_token_option": {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "nextPageToken"},
    "pagination_strategy": {
        "type": "CursorPagination",
        "cursor_value": "{{ response.get('nextPageToken') }}",
        "stop_condition": "{{ not response.get('nextPageToken') }}",
        "page_size": 50,
    },
}

send = requests.Session.send
parse = YamlDeclarativeSource._read_and_parse_yaml_file


def send_to_the_site(self, request, **options):
    if request.url.startswith(f"https://{SITE}/"):
        request.url = request.url.replace("https://", "http://", 1)
    return send(self, request, **options)


def parse_and_change(self, path):
    manifest = parse(self, path)
    issues = manifest["definitions"]["issues_stream"]
    if issues["$parameters"]["path"] != "search":
        raise SystemExit("the manifest's issues are not what this runner knows")
    issues["$parameters"]["path"] = "search/jql"
    issues["retriever"]["paginator"] = TOKENS
    return manifest


requests.Session.send = send_to_the_site
YamlDeclarativeSource._read_and_parse_yaml_file = parse_and_change


def main():
    arguments = sys.argv[1:]
    named = dict(zip(arguments[1::2], arguments[2::2]))
    catalog, config, state = (named.get(option) for option in ("--catalog", "--config", "--state"))
    source = SourceJira(
        SourceJira.read_catalog(catalog) if catalog else None,
        SourceJira.read_config(config) if config else None,
        SourceJira.read_state(state) if state else None,
    )
    launch(source, arguments)


main()
