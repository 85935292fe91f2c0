"""Runs Airbyte's connector of PyPI against a simulated site: the command line is its own. Two things stand between:

- Its addresses begin with https://; the simulator speaks http on this machine only.
- It searches by tokens: see search_by_tokens.py of integration_tests/clients."""

import os
import sys

import requests
from airbyte_cdk.entrypoint import launch
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource
from search_by_tokens import by_tokens
from source_jira import SourceJira

SITE = os.environ["SITE"]

send = requests.Session.send
parse = YamlDeclarativeSource._read_and_parse_yaml_file


def send_to_the_site(self, request, **options):
    if request.url.startswith(f"https://{SITE}/"):
        request.url = request.url.replace("https://", "http://", 1)
    return send(self, request, **options)


def parse_and_change(self, path):
    manifest = parse(self, path)
    by_tokens(manifest["definitions"]["issues_stream"])
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
