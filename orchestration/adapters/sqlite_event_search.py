"""How a question about events is put to SQLite: values as parameters, and an index for every way of asking.

Where the order is by time, a rare value is best found by its own index and a frequent one by walking along the time.
SQLite would have to guess which it is, so the rows are counted first, up to a small number.
"""

import json
import sqlite3
from dataclasses import dataclass

from orchestration.adapters.sqlite_event_schema import COLUMNS
from orchestration.log_query import (
    Comparison,
    Condition,
    Field,
    LogPage,
    LogQuery,
    Match,
    Position,
    code_part,
    moment_text,
    plain,
)

_RARE = 500
"""Up to so many rows are read and sorted; of more, one in some hundreds is met soon on the way along the time."""

_COUNTED = 2_000
"""Of several conditions that are frequent, the one that fewer pass is told up to so many rows."""

_BY_INDEX = {Match.EQUAL, Match.STARTS, Match.GREATER, Match.LESS}
_HIGHEST = chr(0x10FFFF)


@dataclass(frozen=True, slots=True)
class _Clause:
    """A piece of SQL with the values of its parameters, in order."""

    sql: str
    values: tuple[str, ...] = ()

    @staticmethod
    def all_of(clauses: "list[_Clause]") -> "_Clause":
        return _Clause(" AND ".join(clause.sql for clause in clauses) or "TRUE", _values(clauses))


@dataclass(frozen=True, slots=True)
class _Source:
    """A way to the rows of one condition: which rows by number, how many at least, and an index that is in order."""

    rows: _Clause
    count: int
    ordered_by: str | None


def find(connection: sqlite3.Connection, query: LogQuery) -> LogPage:
    """Return the page that a question asks for."""
    clauses = [_condition(each) for each in query.conditions]
    if query.search is not None:
        clauses.append(_Clause("instr(text, ?)", (plain(query.search),)))
    way = _way(connection, query)
    after = _after(query)
    where = _Clause.all_of([*clauses, after] if after else clauses)
    order = "DESC" if query.newest_first else "ASC"
    page = f"SELECT id, time FROM found {way.sql} AND {where.sql} ORDER BY time {order}, id {order} LIMIT ? OFFSET ?"  # noqa: S608 - our own words; values are parameters
    full = f"SELECT event FROM events JOIN ({page}) AS page USING (id) ORDER BY page.time {order}, id {order}"  # noqa: S608 - as above
    limits = (query.size + 1, query.offset)
    found = connection.execute(full, (*way.values, *where.values, *limits)).fetchall()
    items = [json.loads(event) for (event,) in found[: query.size]]
    total = _count(connection, way, _Clause.all_of(clauses)) if query.total else None
    return LogPage(items, Position.of(items[-1]) if len(found) > query.size else None, total)


def _count(connection: sqlite3.Connection, way: _Clause, where: _Clause) -> int:
    counting = f"SELECT count(*) FROM found {way.sql} AND {where.sql}"  # noqa: S608 - as above
    ((total,),) = connection.execute(counting, (*way.values, *where.values)).fetchall()
    return int(total)


def _way(connection: sqlite3.Connection, query: LogQuery) -> _Clause:
    """Return what follows FROM: by which index the rows are read, up to the first condition."""
    indexed = sorted((each for each in query.conditions if _indexed(each)), key=_rarity)
    limit = _COUNTED if len(indexed) > 1 else _RARE + 1
    sources = [_source(connection, each, limit) for each in indexed]
    if query.search is not None:
        words = '"' + plain(query.search).replace('"', '""') + '"'
        rows = _Clause("SELECT rowid FROM texts WHERE texts MATCH ?", (words,))
        sources.append(_Source(rows, _counted(connection, rows, _RARE + 1), None))
    fewest = min(sources, key=lambda source: source.count, default=None)
    if fewest is not None and fewest.count <= _RARE:
        return _Clause(f"NOT INDEXED WHERE n IN ({fewest.rows.sql})", fewest.rows.values)
    ordered = min((each for each in sources if each.ordered_by), key=lambda source: source.count, default=None)
    return _Clause(f"INDEXED BY found_by_{ordered.ordered_by if ordered else 'time'} WHERE TRUE")


def _source(connection: sqlite3.Connection, condition: Condition, limit: int) -> _Source:
    if condition.field is Field.ERROR_CODE:
        passing = _any_of("code", condition.any_of)
        rows = _Clause(f"SELECT n FROM codes WHERE {passing.sql}", passing.values)  # noqa: S608 - as above
        return _Source(rows, _counted(connection, rows, limit), None)
    column = COLUMNS[condition.field]
    passing = _any_of(column, condition.any_of)
    rows = _Clause(f"SELECT n FROM found INDEXED BY found_by_{column} WHERE {passing.sql}", passing.values)  # noqa: S608 - as above
    one_value = [comparison.match for comparison in condition.any_of] == [
        Match.EQUAL
    ] and condition.field is not Field.RECORD_ID
    return _Source(rows, _counted(connection, rows, limit), column if one_value else None)


def _counted(connection: sqlite3.Connection, rows: _Clause, limit: int) -> int:
    counting = f"SELECT count(*) FROM ({rows.sql} LIMIT {limit})"  # noqa: S608 - as above
    ((count,),) = connection.execute(counting, rows.values).fetchall()
    return int(count)


def _indexed(condition: Condition) -> bool:
    """Tell whether an index leads to the rows that pass, and to no others."""
    if condition.negated or condition.field is Field.TIME:
        return False
    return all(comparison.match in _BY_INDEX for comparison in condition.any_of)


def _rarity(condition: Condition) -> int:
    return -1 if condition.field is Field.ERROR_CODE else list(COLUMNS).index(condition.field)


def _condition(condition: Condition) -> _Clause:
    if condition.field is Field.ERROR_CODE:
        parts = tuple(code_part(each) for each in condition.any_of)
        clause = _Clause(f"({' OR '.join('instr(codes, ?)' for _ in parts)})", parts)
    else:
        clause = _any_of(COLUMNS[condition.field], condition.any_of)
    return _Clause(f"NOT {clause.sql}", clause.values) if condition.negated else clause


def _any_of(column: str, comparisons: tuple[Comparison, ...]) -> _Clause:
    clauses = [_comparison(column, each) for each in comparisons]
    return _Clause(f"({' OR '.join(clause.sql for clause in clauses)})", _values(clauses))


def _comparison(column: str, comparison: Comparison) -> _Clause:
    match comparison.match:
        case Match.EQUAL | Match.GREATER:
            return _Clause(f"{column} {'=' if comparison.match is Match.EQUAL else '>'} ?", (comparison.value,))
        case Match.LESS:
            return _Clause(f"({column} < ? AND {column} > '')", (comparison.value,))
        case Match.STARTS:
            return _Clause(f"({column} >= ? AND {column} < ?)", (comparison.value, comparison.value + _HIGHEST))
        case Match.ENDS:
            return _Clause(f"substr({column}, -length(?)) = ?", (comparison.value, comparison.value))
        case Match.CONTAINS:
            return _Clause(f"instr({column}, ?)", (comparison.value,))
        case Match.PRESENT:
            return _Clause(f"{column} > ''")


def _after(query: LogQuery) -> _Clause | None:
    if query.after is None:
        return None
    sign = "<" if query.newest_first else ">"
    return _Clause(f"(time, id) {sign} (?, ?)", (moment_text(query.after.time), query.after.id))


def _values(clauses: list[_Clause]) -> tuple[str, ...]:
    return tuple(value for clause in clauses for value in clause.values)
