"""A target for SQLite, all of it the Singer SDK's but that rows replace those of the same key, and that objects are text."""
import json

import singer_sdk.typing as th
from singer_sdk.sql import SQLConnector, SQLSink, SQLTarget


class Connector(SQLConnector):
    allow_temp_tables = False
    allow_merge_upsert = True

    def get_sqlalchemy_url(self, config):
        return f"sqlite:///{config['path']}"


class Sink(SQLSink):
    connector_class = Connector

    def preprocess_record(self, record, context):
        return {name: json.dumps(value, default=float) if isinstance(value, (dict, list)) else value for name, value in record.items()}

    def generate_insert_statement(self, full_table_name, schema):
        return super().generate_insert_statement(full_table_name, schema).prefix_with("OR REPLACE")


class Target(SQLTarget):
    name = "target-sqlite"
    default_sink_class = Sink
    max_parallelism = 1
    config_jsonschema = th.PropertiesList(th.Property("path", th.StringType, required=True)).to_dict()


if __name__ == "__main__":
    Target.cli()
