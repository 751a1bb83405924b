"""What JSON Schemas of answers are made of: the plain types, and ways to put them together."""

from models.record import Json

TEXT: Json = {"type": "string"}
TEXT_OR_NULL: Json = {"type": ["string", "null"]}
TIME: Json = {"type": "string", "format": "date-time"}
NUMBER: Json = {"type": "number"}
INTEGER: Json = {"type": "integer"}
FLAG: Json = {"type": "boolean"}
ANY_OBJECT: Json = {"type": "object", "additionalProperties": True}
TIME_OR_NULL: Json = {"type": ["string", "null"], "format": "date-time"}
OBJECT_OR_NULL: Json = {"type": ["object", "null"], "additionalProperties": True}
NEXT_KEY: Json = {**TEXT_OR_NULL, "description": "The key after which to go on; null when there is nothing more."}
KEYS: Json = {
    "type": "object",
    "additionalProperties": TEXT_OR_NULL,
    "description": "The record's keys by their field names; null for an optional one that is absent.",
}


def object_of(description: str, optional: tuple[str, ...] = (), **properties: Json) -> Json:
    """Return the schema of an object with these properties, which all have to be there but for the optional ones."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "description": description, "properties": properties, "required": required}


def list_of(items: Json, **keywords: object) -> Json:
    """Return the schema of a list of items."""
    return {"type": "array", "items": items, **keywords}


def named(schema: str) -> Json:
    """Return a reference to one of the schemas that have a name."""
    return {"$ref": f"#/components/schemas/{schema}"}


COUNTS: Json = {"type": "object", "additionalProperties": INTEGER}
NUMBER_OR_NULL: Json = {"type": ["number", "null"]}
