"""Holds specs/alertmanager against the document that the installed Alertmanager carries.

    published.py BINARY SPEC

The server does not serve its document, but is built from it: go-swagger puts the JSON into the
binary. Compared is what a promise is made of: operations, codes, parameters, and for each schema its
properties, required ones, types, formats and enumerations, references followed.
"""

import json
import sys

import yaml

MARK = b'"swagger": "2.0"'


def published(binary):
    """The document inside the binary."""
    with open(binary, "rb") as file:
        data = file.read()
    at = data.find(MARK)
    while at >= 0:
        # The object that the mark is a member of opens before it.
        start = data.rfind(b'{\n  "', 0, at)
        try:
            text = data[start : start + (1 << 20)].decode("utf-8", "replace")
            return json.JSONDecoder().raw_decode(text)[0]
        except ValueError:
            at = data.find(MARK, at + 1)
    sys.exit(f"{binary}: carries no Swagger document")


def follow(document, value):
    while isinstance(value, dict) and "$ref" in value:
        target = document
        for key in value["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        value = target
    return value


def shape(document, schema):
    """A schema as a comparable value; members of allOf are one schema."""
    schema = follow(document, schema)
    if schema is None:
        return None
    parts = [schema, *(follow(document, part) for part in schema.get("allOf", []))]
    properties = {}
    required = set()
    seen = {}
    for part in parts:
        required |= set(part.get("required", []))
        for name, value in part.get("properties", {}).items():
            properties[name] = shape(document, value)
        for key in ("type", "format", "minItems", "default"):
            if key in part:
                seen[key] = part[key]
        if "enum" in part:
            seen["enum"] = sorted(part["enum"])
        for key in ("items", "additionalProperties"):
            if key in part:
                seen[key] = shape(document, part[key])
    return {"required": sorted(required), "properties": properties, **seen}


def parameter(document, value):
    value = follow(document, value)
    schema = value.get("schema") or {k: value[k] for k in ("type", "format", "items", "default") if k in value}
    return (value["in"], value["name"], bool(value.get("required"))), shape(document, schema)


def body(document, response):
    """The schema of a response or request body, in either version of the format."""
    if "schema" in response:
        return shape(document, response["schema"])
    for media in response.get("content", {}).values():
        return shape(document, media.get("schema"))
    return None


def promises(document):
    found = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            parameters = dict(
                parameter(document, value)
                for value in item.get("parameters", []) + operation.get("parameters", [])
                if follow(document, value)["in"] != "body"
            )
            sent = [v for v in operation.get("parameters", []) if follow(document, v)["in"] == "body"]
            request = operation.get("requestBody")
            request = body(document, sent[0] if sent else request) if sent or request else None
            responses = {
                str(code): body(document, follow(document, response))
                for code, response in operation["responses"].items()
            }
            found[operation["operationId"]] = {
                "at": f"{method} {path}",
                "parameters": sorted(map(str, parameters.items())),
                "request": request,
                "responses": responses,
            }
    return found


if __name__ == "__main__":
    binary, spec = sys.argv[1:]
    with open(spec, encoding="utf-8") as file:
        ours = promises(yaml.safe_load(file))
    theirs = promises(published(binary))
    different = []
    for operation, promise in ours.items():
        other = theirs.get(operation, {})
        for part, value in promise.items():
            if value != other.get(part):
                different.append(f"{operation}: {part}:\n  ours      {value}\n  published {other.get(part)}")
    if different:
        sys.exit(f"{spec}: not what {binary} publishes\n" + "\n".join(different))
    print(f"{spec}: {len(ours)} of {len(theirs)} published operations, as published", file=sys.stderr)
