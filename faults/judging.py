"""Whether what a fault left behind is what there should be: pure functions over what was seen that return problems."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

type Json = dict[str, Any]

CREATED = frozenset({"DateCreated", "LastUpdated"})
"""Fields of OrderCloud's that two objects of equal content do not share."""
COUNTED = frozenset({"SpecCount", "VariantCount", "OptionCount", "Options"})
"""Fields that change when something else is written."""
RESOURCES: Mapping[str, str] = {
    "product": "products",
    "priceschedule": "priceschedules",
    "spec": "specs",
    "specoption": "specs/options",
}
"""Where the sandbox keeps what a cached record is about; assignments cannot be read, and composites are their parts."""
_SUCCESS = range(200, 300)


def about(entries: Iterable[Json], key: str) -> list[Json]:
    """Return the entries of the journal that name a record, its parts included."""
    return [entry for entry in entries if key in f"{entry['path']}?{entry['query']} {json.dumps(entry['request'])}"]


def leveled(value: Any, key: str) -> Any:
    """Return a value with `#` for a record's key and without times, so that it compares with another record's."""
    if isinstance(value, dict):
        return {_without(name, key): leveled(each, key) for name, each in value.items() if name not in CREATED}
    if isinstance(value, list):
        return [leveled(each, key) for each in value]
    return _without(value, key) if isinstance(value, str) else value


def _without(text: str, key: str) -> str:
    return re.sub(re.escape(key), "#", text, flags=re.IGNORECASE)


def held(everything: Mapping[str, Mapping[str, Any]], key: str) -> Json:
    """Return what OrderCloud holds of a record and its parts, leveled, by resource and ID."""
    found = {
        name: {each: one for each, one in objects.items() if key.lower() in each.lower()}
        for name, objects in everything.items()
    }
    return {name: leveled(objects, key) for name, objects in found.items() if objects}


def carried_out(entry: Json) -> bool:
    """Tell whether OrderCloud did what it was asked; a text is what a fault answered in its place."""
    return entry["status"] in _SUCCESS and not isinstance(entry["response"], str)


def unheard(entry: Json) -> bool:
    """Tell whether the caller cannot know what became of a call: it got no answer, or none that it can read."""
    return entry["status"] is None or bool(entry.get("dropped")) or isinstance(entry["response"], str)


def writes(entries: Iterable[Json], key: str) -> Counter[str]:
    """Count the writes that OrderCloud carried out, each by what it was, leveled."""
    return Counter(
        f"{entry['method']} {_without(entry['path'], key)} {json.dumps(leveled(entry['request'], key), sort_keys=True)}"
        for entry in entries
        if entry["method"] != "GET" and carried_out(entry)
    )


def unlike(expected: Json, found: Json) -> list[str]:
    """Tell whether OrderCloud holds what it should."""
    return [] if found == expected else [f"OrderCloud holds {_brief(found)}, not {_brief(expected)}"]


def too_many(made: Counter[str], usual: Counter[str], unanswered: int) -> list[str]:
    """Tell which writes were made more often than a run without faults makes them.

    An answer that nobody saw, as after a crash, may lead to one more of those that may be repeated: PUT, PATCH, DELETE
    and the POST of an assignment, which cannot be read. What creates an object happens once.
    """
    found = []
    for write, count in made.items():
        again = unanswered if not write.startswith("POST ") or "assignments " in write else 0
        if write not in usual and write.startswith("POST "):
            found.append(f"unexpected: {write}")
        elif count > max(usual[write], 1) + again:
            found.append(f"{count} times: {write}")
    return found


def blind_posts(entries: Iterable[Json]) -> list[str]:
    """Tell which objects were POSTed again though nobody had looked after an answer that never came, or succeeded."""
    open_posts: dict[str, str] = {}
    found = []
    # A call that hung is entered when it ended; what counts is when it came.
    for entry in sorted(entries, key=lambda entry: str(entry["time"])):
        method, path, body = entry["method"], entry["path"], entry["request"]
        if method == "POST" and isinstance(body, dict) and "ID" in body:
            name = f"{path}/{body['ID']}"
            if name in open_posts:
                found.append(f"POST of {name} again, {open_posts[name]}")
            if unheard(entry):
                open_posts[name] = "with no look after an answer that was lost"
            elif carried_out(entry):
                open_posts[name] = "though it was there"
        elif method == "DELETE" or (method == "GET" and not unheard(entry)):
            open_posts.pop(path, None)
    return found


def uncached(cached: Mapping[str, Json], everything: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Tell which cached records say something else than OrderCloud does."""
    found = []
    for name, record in cached.items():
        _, record_type, *keys = name.split("/")
        if record_type not in RESOURCES:
            continue
        objects = everything[RESOURCES[record_type]].items()
        there = next((one for each, one in objects if each.lower() == "/".join(keys)), None)
        if _steady(record["Current"]) != _steady(there):
            found.append(f"{name} is cached as {_brief(record['Current'])}; OrderCloud has {_brief(there)}")
        if not record["Certain"]:
            found.append(f"{name} is uncertain")
    return found


def _steady(value: Json | None) -> Json | None:
    return value and {name: each for name, each in value.items() if name not in COUNTED}


def applied(event: Json) -> bool:
    """Tell whether an event says that a posting was applied; one of a composite may warn that some parts still wait."""
    return event["Action"] is not None and event["ErrorType"] is None


def logged(events: Iterable[Json], record: str, version: str) -> list[str]:
    """Tell whether a version of a record, given as `type/key`, or of a part, was logged as applied other than once."""
    times: Counter[str] = Counter()
    for event in events:
        if event["Version"] == version:
            times[event["RecordID"]] += applied(event)
    found = [f"{name} was logged as applied {count} times" for name, count in times.items() if count != 1]
    known = any(name.endswith(f"/{record.lower()}") for name in times)
    return found if known else [*found, f"{record} has no event of version {version}"]


def _brief(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return text if len(text) <= 400 else f"{text[:400]}…"  # noqa: PLR2004 - what a line of a report can bear
