"""PyAirbyte with the connector: check, all streams into a database, edits, an incremental read; both times each table is
compared with the site's truth. Started by pyairbyte.sh and docker.sh."""

import argparse
import os
import tempfile
from pathlib import Path

# Before PyAirbyte is imported: no registry, no telemetry, no progress bars, and nothing outside a temporary folder.
WORK = Path(tempfile.mkdtemp(prefix="source-jira-pyairbyte."))
os.environ.update(
    AIRBYTE_OFFLINE_MODE="1", DO_NOT_TRACK="1", NO_LIVE_PROGRESS="1", AIRBYTE_PROJECT_DIR=str(WORK),
    AIRBYTE_CACHE_ROOT=str(WORK / "cache"), AIRBYTE_LOGGING_ROOT=str(WORK / "logs"), AIRBYTE_TEMP_DIR=str(WORK / "tmp"),
)
(WORK / "tmp").mkdir()
# The user in the container reads the config from there.
for folder in (WORK, WORK / "tmp"):
    folder.chmod(0o755)

import airbyte as ab  # noqa: E402
from airbyte import exceptions  # noqa: E402
from airbyte.caches import DuckDBCache, PostgresCache  # noqa: E402
from sqlalchemy import text  # noqa: E402

from edits import a_days_work  # noqa: E402
from site_of import Site  # noqa: E402
from truth import Truth, compare  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("executable", help="serves the site, and is the connector unless --image is given")
    parser.add_argument("--image", help="run the connector by `docker run` with this image")
    parser.add_argument("--postgres", type=int, metavar="PORT", help="also into the PostgreSQL that listens there")
    parser.add_argument("--issues", type=int, default=400)
    return parser.parse_args()


def source(asked, config):
    if asked.image:
        how = {"docker_image": asked.image, "use_host_network": True}
    else:
        how = {"local_executable": Path(asked.executable).absolute()}
    return ab.get_source("source-jira", config=config, install_if_missing=False, **how)


# A property that may hold any JSON becomes a text column, for which PostgreSQL's driver refuses objects.
NOT_FOR_POSTGRESQL = {"issue_properties"}


def caches(asked):
    yield "DuckDB", set(), DuckDBCache(db_path=WORK / "site.duckdb", schema_name="jira")
    if asked.postgres:
        yield "PostgreSQL", NOT_FOR_POSTGRESQL, PostgresCache(
            host="127.0.0.1", port=asked.postgres, username="postgres", password="none", database="postgres",
            schema_name="jira",
        )


def tables(cache, streams):
    """Every row of every stream, its columns by lower-case name."""
    found = {}
    with cache.get_sql_engine().connect() as connection:
        for stream in streams:
            name = f'"{cache.schema_name}"."{cache.processor.get_sql_table_name(stream)}"'
            rows = connection.execute(text(f"SELECT * FROM {name}")).mappings()
            found[stream] = [{column.lower(): value for column, value in row.items()} for row in rows]
    return found


def read(reader, cache, truth, edits, title):
    """Reads, compares, and returns how many records came, by stream."""
    result = reader.read(cache=cache)
    wrong = compare(truth, tables(cache, truth.keys), edits, deep=not edits)
    if wrong:
        raise SystemExit("\n".join([f"{title}: the tables are not what the site is", *wrong]))
    counts = result._progress_tracker.stream_read_counts
    return {stream: counts.get(stream, 0) for stream in truth.keys}


def two_reads(asked, name, without, cache):
    with Site(asked.executable, asked.issues) as site:
        # So that the streams of deletions have records.
        reader = source(asked, site.config() | {"track_sent_ids": True})
        reader.validate_config()
        reader.check()
        reader.select_all_streams()
        catalog = [stream.model_dump(mode="json") for stream in reader.discovered_catalog.streams]
        catalog = [stream for stream in catalog if stream["name"] not in without]
        if without:
            reader.select_streams([stream["name"] for stream in catalog])

        truth = Truth(site, catalog)
        empty = [stream for stream, rows in truth.rows.items() if not rows]
        if empty:
            raise SystemExit(f"the site has nothing for {', '.join(empty)}: the test would show nothing")
        first = read(reader, cache, truth, [], f"{name}, first read")
        edits = a_days_work(site)
        second = read(reader, cache, Truth(site, catalog), edits, f"{name}, incremental read")
    if not 0 < second["issues"] < first["issues"] / 4:
        raise SystemExit(f"{name}: the incremental read brought {second['issues']} issues of {first['issues']}")
    return f"{name}: {sum(first.values())} records of {len(first)} streams, then {sum(second.values())} after {len(edits)} edits"


def wrong_token(asked):
    with Site(asked.executable, 20) as site:
        try:
            source(asked, site.config(token="not-the-token-of-this-site")).check()
        except exceptions.AirbyteConnectorCheckFailedError as failure:
            inner = failure.original_exception or failure
            if not {**(failure.context or {}), **(getattr(inner, "context", None) or {})}.get("failure_reason"):
                raise SystemExit("a check with a wrong token fails without a reason") from failure
        else:
            raise SystemExit("a check with a wrong token succeeds")


def main():
    asked = arguments()
    wrong_token(asked)
    said = [two_reads(asked, *into) for into in caches(asked)]
    print("ok:", "; ".join(said))


main()
