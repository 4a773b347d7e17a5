"""Judges values by schemas of OpenAPI documents, with Python's own validator.

Reads lines of JSON: {"spec": FILE, "pointer": POINTER, "value": VALUE, "name": NAME}. Prints the
name of each value that breaks its schema, with the reason.
"""

import json
import sys

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

documents = {}


def document(path):
    if path not in documents:
        with open(path, encoding="utf-8") as file:
            # Dates in a document are text to a schema.
            loader = type("Plain", (yaml.SafeLoader,), {})
            loader.yaml_implicit_resolvers = {
                key: [(tag, match) for tag, match in rules if not tag.endswith("timestamp")]
                for key, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
            }
            documents[path] = yaml.load(file, loader)
    return documents[path]


for line in sys.stdin:
    case = json.loads(line)
    resource = Resource.from_contents(document(case["spec"]), default_specification=DRAFT202012)
    registry = Registry().with_resource("urn:document", resource)
    validator = Draft202012Validator(
        {"$ref": "urn:document#" + case["pointer"]},
        registry=registry,
        format_checker=FormatChecker(),
    )
    for error in validator.iter_errors(case["value"]):
        print(f"{case['name']}: {error.json_path}: {error.message}")
print("judged")
