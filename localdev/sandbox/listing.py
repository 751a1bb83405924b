"""One page of a list, from all objects and the query: filters, search, sorting and paging. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from localdev.sandbox.description import LIST_PARAMETERS
from localdev.sandbox.errors import bad_request
from localdev.sandbox.fields import Model, Models
from localdev.sandbox.filters import comparable, fold, kind_at, predicate, values_at

MAX_PAGE_SIZE = 100
MAX_RESULTS = 100_000
SEARCH_TYPES = ("AnyTerm", "AllTermsAnyField", "AllTermsSameField", "ExactPhrase", "ExactPhrasePrefix")
type Docs = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Listable:
    """What a list may be searched on and sorted by (the latter in the order it has when nothing is asked for)."""

    models: Models
    model: Model
    searchable: Sequence[str]
    sortable: Sequence[str]


def page_of(docs: Iterable[dict[str, Any]], query: Sequence[tuple[str, str]], rules: Listable) -> dict[str, Any]:
    """Return `{Meta, Items}`; a parameter that the list does not know is a filter."""
    known = {name.lower(): name for name in LIST_PARAMETERS}
    options = {known[name.lower()]: value for name, value in query if name.lower() in known}
    tests = [predicate(rules.models, rules.model, *pair) for pair in query if pair[0].lower() not in known]
    page, size = _paging(options)
    order = _order(options.get("sortBy"), rules)
    found = _searched([doc for doc in docs if all(test(doc) for test in tests)], options, rules)
    for path, descending in reversed(order):
        found.sort(key=partial(_sort_key, path), reverse=descending)
    return _page(found, page, size)


def _sort_key(path: list[str], doc: Mapping[str, Any]) -> tuple[int, Any]:
    return comparable(next(values_at(doc, path), None))


def _page(found: Docs, page: int, size: int) -> dict[str, Any]:
    start = (page - 1) * size
    if start >= MAX_RESULTS:
        message = f"Only the first {MAX_RESULTS} results can be paged through; use the last ID instead."
        raise bad_request("Search.ResultSetTooLarge", message)
    items = found[start : start + size]
    more = start + size < len(found)
    meta = {
        "Page": page,
        "PageSize": size,
        "TotalCount": len(found),
        "TotalPages": -(-len(found) // size),
        "ItemRange": [start + 1, start + len(items)] if items else [0, 0],
        "NextPageKey": f"p{page + 1}" if more else None,
    }
    return {"Meta": meta, "Items": items}


def _paging(options: Mapping[str, str]) -> tuple[int, int]:
    size = _whole(options.get("pageSize", "20"))
    if size is None or not 1 <= size <= MAX_PAGE_SIZE:
        raise bad_request("List.InvalidPageSize", f"pageSize must be 1 to {MAX_PAGE_SIZE}.", {"Property": "pageSize"})
    page = _whole(options["pageKey"].removeprefix("p") if options.get("pageKey") else options.get("page", "1"))
    if page is None or page < 1:
        raise bad_request("ValidationFailure", "page must be 1 or more.", {"Field": "page"})
    return page, size


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 - 32 bits


def _order(text: str | None, rules: Listable) -> list[tuple[list[str], bool]]:
    order = []
    for word in text.split(",") if text else rules.sortable:
        name = word.strip().removeprefix("!")
        path = name.split(".")
        in_xp = path[0] == "xp" and len(path) > 1 and kind_at(rules.models, rules.model, path) is not None
        if name not in rules.sortable and not in_xp:
            raise bad_request("List.InvalidSortProperty", f"{name!r} cannot be sorted by.", {"Property": name})
        order.append((path, word.strip().startswith("!")))
    # Equal ones come in the order of their IDs, so that pages never overlap.
    return order if ["ID"] in [path for path, _ in order] else [*order, (["ID"], False)]


def _searched(docs: Docs, options: Mapping[str, str], rules: Listable) -> Docs:
    names = [name.strip() for name in options["searchOn"].split(",")] if options.get("searchOn") else rules.searchable
    for name in names:
        if name not in rules.searchable and not name.startswith("xp."):
            raise bad_request("List.InvalidSearchProperty", f"{name!r} cannot be searched.", {"Property": name})
    kind = next(
        (one for one in SEARCH_TYPES if one.lower() == options.get("searchType", SEARCH_TYPES[0]).lower()), None
    )
    if kind is None:
        message = f"searchType must be one of {', '.join(SEARCH_TYPES)}."
        raise bad_request("ValidationFailure", message, {"Field": "searchType"})
    phrase = fold(options.get("search", "").strip())
    if not phrase:
        return docs
    paths = [name.split(".") for name in names]
    return [doc for doc in docs if _matches(kind, phrase, [_text(doc, path) for path in paths])]


def _text(doc: Mapping[str, Any], path: list[str]) -> str:
    return "\n".join(fold(str(value)) for value in values_at(doc, path) if value is not None)


def _matches(kind: str, phrase: str, texts: list[str]) -> bool:
    terms = phrase.split()
    match kind:
        case "AllTermsAnyField":
            return all(any(term in text for text in texts) for term in terms)
        case "AllTermsSameField":
            return any(all(term in text for term in terms) for text in texts)
        case "ExactPhrase":
            return any(phrase in text for text in texts)
        case "ExactPhrasePrefix":
            return any(text.startswith(phrase) for text in texts)
        case _:
            return any(term in text for term in terms for text in texts)
