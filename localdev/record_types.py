"""Renew docs/record-types.md, the record types as the registry and the models have them: `make docs`."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from models.field_rows import FieldRow, field_rows
from models.record_types import REGISTRY
from models.registry import Family, RecordType, Registry, dotted
from models.schemas import schema_of

FILE = Path(__file__).resolve().parent.parent / "docs" / "record-types.md"

_HEAD = """\
# Record types

Made from the registry and the models by `make docs`. How to add one: [adding a record type](adding-a-record-type.md).

In paths of fields, `[]` stands for every element of a list and `*` for every name of a map.
A field that is left out is not managed; without one that is required a record is refused."""


def main() -> int:
    """Write the file."""
    FILE.write_text(record_types(REGISTRY), encoding="utf-8")
    return 0


def record_types(registry: Registry) -> str:
    """Return the document of the record types of a registry, by family."""
    parts = [_HEAD]
    for family in Family:
        rows = [row for row in registry if row.family is family]
        parts += [f"## {family.value.capitalize()} family", *map(_record_type, rows)] if rows else []
    return "\n\n".join(parts) + "\n"


def _record_type(row: RecordType) -> str:
    schema = schema_of(row)
    fields = list(field_rows(schema))
    table = _table(("field", "type", "limit", "note", "about"), map(_field, fields))
    facts = "\n".join(f"- {fact}" for fact in _facts(row, fields))
    return "\n\n".join([f"### {row.name}", " ".join(schema.get("description", "").split()), facts, table])


def _facts(row: RecordType, fields: list[FieldRow]) -> Iterator[str]:
    """Yield what a row says of its type, one line each."""
    yield f"Keys: `{'/'.join(row.keys)}`"
    yield f"Role: `{row.role}`"
    if row.collection:
        yield f"OrderCloud: `{row.collection}`{', assigned' if row.assigned else ''}"
    if row.generation:
        yield "OrderCloud makes the records: all combinations of what is offered"
    if row.expand:
        yield "A composite: each of its parts is a record of its own type"
    for reference in row.references:
        deferred = ", which may come later" if reference.deferred else ""
        yield f"Refers to `{reference.record_type}` by {_codes(reference.fields)}{deferred}"
    for name, listed in (
        ("Read-only", [field.path for field in fields if field.read_only]),
        ("Write-only", [field.path for field in fields if field.write_only]),
        ("Moved by OrderCloud after the first write", sorted(map(dotted, row.volatile))),
        ("Never causes a write", sorted(map(dotted, row.ignored))),
    ):
        if listed:
            yield f"{name}: {_codes(listed)}"
    for path, key in row.list_keys.items():
        yield f"Elements of `{dotted(path)}` are matched by `{key}`"


def _field(row: FieldRow) -> tuple[str, ...]:
    return f"`{row.path}`", row.type, row.limit, row.marks, row.about


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', r'\|') for cell in line)} |" for line in lines)


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    raise SystemExit(main())
