"""How a question about events is put to SQLite: values as parameters, and an index for every way of asking.

Where the order is by time, a rare value is best found by its own index and a frequent one by walking along the time.
SQLite would have to guess which it is, so the rows are counted first, up to a small number.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from orchestration.adapters.sqlite_event_schema import COLUMNS, WENT_WRONG
from orchestration.event import Level
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

_COUNTED = 1_000
"""Of several conditions that are frequent, the one that fewer pass is told up to so many rows."""

_STEPS = 5
"""So many steps along an index that is read alone take less than one row that is read and sorted."""

_COVERING = "found_by_client"
"""Of indexes that find as much, this one has all that is asked besides."""

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
class _Way:
    """A way to the rows of one condition: which rows by number, and a walk along them in order, if an index has one."""

    rows: _Clause
    walk: _Clause | None = None


def find(connection: sqlite3.Connection, query: LogQuery) -> LogPage:
    """Return the page that a question asks for."""
    clauses = [_condition(each) for each in query.conditions]
    if query.search is not None:
        clauses.append(_Clause("instr(text, ?)", (plain(query.search),)))
    way = _way(connection, query)
    after = _after(query)
    where = _Clause.all_of([*clauses, after] if after else clauses)
    order = "DESC" if query.newest_first else "ASC"
    ordered = f"ORDER BY page.time {order}, page.id {order}"
    page = f"SELECT id, time FROM found AS page {way.sql} AND {where.sql} {ordered} LIMIT ? OFFSET ?"  # noqa: S608 - our own words; values are parameters
    full = f"SELECT page.time, page.id, event FROM events JOIN ({page}) AS page USING (id) {ordered}"  # noqa: S608 - as above
    limits = (query.size + 1, query.offset)
    found = connection.execute(full, (*way.values, *where.values, *limits)).fetchall()
    told, following = found[: query.size], None
    if len(found) > query.size:
        time, identifier, _ = told[-1]
        following = Position(datetime.fromisoformat(time), identifier)
    total = _total(connection, query, way, _Clause.all_of(clauses)) if query.count else None
    return LogPage(tuple(event for _, _, event in told), following, total)


def _total(connection: sqlite3.Connection, query: LogQuery, way: _Clause, where: _Clause) -> int | None:
    """Count all that match, if that takes no more rows to look at than the question allows.

    Rows are looked at where the way leads, within the times that are asked for; of one condition alone in its column's
    index, the narrowest.
    """
    times = [each for each in query.conditions if each.field is Field.TIME and not each.negated]
    within = _Clause.all_of([_condition(each) for each in times])
    rows = _Clause(
        f"SELECT ({where.sql}) != 0 AS matches FROM found {way.sql} AND {within.sql}",  # noqa: S608 - as above
        (*where.values, *way.values, *within.values),
    )
    match query:
        case LogQuery(conditions=(only,), search=None) if _indexed(only) and only.field is not Field.ERROR_CODE:
            of_one = _by_column(only).rows
            rows = _Clause(f"SELECT TRUE AS matches FROM ({of_one.sql})", of_one.values)  # noqa: S608 - as above
    counting = f"SELECT count(*), total(matches) FROM ({rows.sql} LIMIT ?)"  # noqa: S608 - as above
    ((looked_at, total),) = connection.execute(counting, (*rows.values, query.count + 1)).fetchall()
    return int(total) if looked_at <= query.count else None


def _way(connection: sqlite3.Connection, query: LogQuery) -> _Clause:
    """Return what follows FROM: by which index the rows are read, up to the first condition."""
    wrong = [f"INDEXED BY found_wrong WHERE {WENT_WRONG[each.field]}" for each in query.conditions if _says_wrong(each)]
    ways = [_by_column(each) for each in sorted(filter(_indexed, query.conditions), key=_rarity)]
    choice = not wrong and sum(way.walk is not None for way in ways) > 1
    counted = [(_counted(connection, way.rows, _COUNTED if choice else _RARE + 1), way) for way in ways]
    if query.search is not None:
        counted.append(_searched(connection, query.search))
    counted.sort(key=lambda pair: (pair[0], pair[1].walk is None or _COVERING not in pair[1].walk.sql))
    count, rarest = counted[0] if counted else (_RARE + 1, None)
    if wrong and (count > _RARE or _has_at_most(connection, wrong[0], _STEPS * count)):
        return _Clause(wrong[0])
    if rarest is not None and count <= _RARE:
        return _Clause(f"NOT INDEXED WHERE n IN ({rarest.rows.sql})", rarest.rows.values)
    return next((way.walk for _, way in counted if way.walk), _Clause("INDEXED BY found_by_time WHERE TRUE"))


def _has_at_most(connection: sqlite3.Connection, walk: str, count: int) -> bool:
    return _counted(connection, _Clause(f"SELECT n FROM found {walk}"), count + 1) <= count  # noqa: S608 - as above


def _by_column(condition: Condition) -> _Way:
    if condition.field is Field.ERROR_CODE:
        passing = _any_of("code", condition.any_of)
        return _Way(_Clause(f"SELECT n FROM codes WHERE {passing.sql}", passing.values))  # noqa: S608 - our own words; values are parameters
    column = COLUMNS[condition.field]
    passing = _any_of(column, condition.any_of)
    walk = _Clause(f"INDEXED BY found_by_{column} WHERE {passing.sql}", passing.values)
    rows = _Clause(f"SELECT n FROM found {walk.sql}", walk.values)  # noqa: S608 - as above
    one_value = [each.match for each in condition.any_of] == [Match.EQUAL] and condition.field is not Field.RECORD_ID
    return _Way(rows, walk if one_value else None)


def _searched(connection: sqlite3.Connection, text: str) -> tuple[int, _Way]:
    """Return the way to what has a text, and how many rows it has; they are looked for once, which takes long."""
    words = '"' + plain(text).replace('"', '""') + '"'
    found = f"SELECT rowid AS n FROM texts WHERE texts MATCH ? LIMIT {_RARE + 1}"  # noqa: S608 - as above
    counting = f"SELECT count(*), json_group_array(n) FROM ({found})"  # noqa: S608 - as above
    ((count, numbers),) = connection.execute(counting, (words,)).fetchall()
    return int(count), _Way(_Clause("SELECT value FROM json_each(?)", (numbers,)))


def _counted(connection: sqlite3.Connection, rows: _Clause, limit: int) -> int:
    counting = f"SELECT count(*) FROM ({rows.sql} LIMIT {limit})"  # noqa: S608 - as above
    ((count,),) = connection.execute(counting, rows.values).fetchall()
    return int(count)


def _says_wrong(condition: Condition) -> bool:
    """Tell whether all that pass are in the index of what went wrong."""
    if condition.field is Field.LEVEL:
        success = Comparison(Match.EQUAL, plain(Level.SUCCESS))
        if condition.negated:
            return success in condition.any_of
        return success not in condition.any_of and {each.match for each in condition.any_of} == {Match.EQUAL}
    return condition.field in WENT_WRONG and not condition.negated


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
