"""metadata.yaml against Airbyte's published model, ConnectorMetadataDefinitionV0 of the package airbyte-connector-models."""

import sys
from pathlib import Path

import yaml
from airbyte_connector_models.metadata.v0.connector_metadata_definition_v0 import ConnectorMetadataDefinitionV0
from pydantic import ValidationError

try:
    known = ConnectorMetadataDefinitionV0.model_validate(yaml.safe_load(Path(sys.argv[1]).read_text()))
except ValidationError as error:
    raise SystemExit(f"{sys.argv[1]}: {error}") from error
print(f"metadata.yaml of {known.data.docker_repository} {known.data.docker_image_tag} is valid")
