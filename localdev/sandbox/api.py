"""OrderCloud's side of the sandbox: which operation a request means, who may call it, and what carries it out."""

from collections.abc import Callable, Iterable, Mapping

from localdev.sandbox import assignments, price_breaks, variants
from localdev.sandbox.assignment_rows import ASSIGNMENTS, Assignment
from localdev.sandbox.description import Operation
from localdev.sandbox.engine import Call, Engine
from localdev.sandbox.errors import Answer, Problem, Refusal, not_implemented
from localdev.sandbox.profile import me
from localdev.sandbox.request import Asked
from localdev.sandbox.resources import Resource
from localdev.sandbox.tokens import Caller, Tokens, unauthorised

type Handler = Callable[[Call], Answer]
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class Api:
    """Answers requests; raises Refusal for those that OrderCloud would refuse."""

    def __init__(self, engine: Engine, tokens: Tokens) -> None:
        self._engine = engine
        self._tokens = tokens
        self._handlers = handlers(engine)

    def client_of(self, asked: Asked) -> str | None:
        """Return the ID of the client that a request comes from, by its form or by a token signed here."""
        if asked.for_token:
            return asked.form.get("client_id")
        return self._tokens.client_id(asked.headers.get("authorization"))

    def answer(self, asked: Asked) -> Answer:
        """Carry out one request."""
        match asked.segments:
            case ["oauth", "token"]:
                _only("POST", asked)
                return self._tokens.issue(asked)
            case ["oauth", "certs", kid]:
                _only("GET", asked)
                return self._tokens.certificate(kid)
            case ["v1", *segments]:
                return self._operate(asked, segments)
            case _:
                raise _no_such_path(asked)

    def _operate(self, asked: Asked, segments: list[str]) -> Answer:
        match = self._engine.description.match(segments)
        if match is None:
            raise _no_such_path(asked)
        template, parameters = match
        operations = self._engine.description.operations[template]
        operation = operations.get(asked.method)
        if operation is None:
            raise _wrong_method(asked, operations)
        caller = self._tokens.caller(asked.headers.get("authorization"))
        if operation.name == "Me.Get":
            return Answer(200, me(self._engine.description.models, caller, self._engine.marketplace))
        _admit(caller, operation)
        handler = self._handlers.get((asked.method, template))
        if handler is None:
            raise not_implemented(f"{asked.method} {template}")
        expected = asked.method in WITH_BODY and (asked.content or operation.takes_body)
        body = asked.json_object() if expected else {}
        return handler(Call(caller, asked.path, parameters, asked.parameters, body))


def handlers(engine: Engine) -> Mapping[tuple[str, str], Handler]:
    """Return what carries out each operation that the sandbox knows, by method and path template."""
    known: dict[tuple[str, str], Handler] = {
        ("POST", price_breaks.PATH): lambda call: price_breaks.save(engine, call),
        ("DELETE", price_breaks.PATH): lambda call: price_breaks.delete(engine, call),
    }
    for resource in engine.resources:
        known["GET", resource.collection] = _bound(engine.list, resource)
        known["POST", resource.collection] = _bound(engine.create, resource)
        known["GET", resource.template] = _bound(engine.read, resource)
        known["PUT", resource.template] = _bound(engine.replace, resource)
        known["PATCH", resource.template] = _bound(engine.patch, resource)
        known["DELETE", resource.template] = _bound(engine.delete, resource)
    known["POST", variants.GENERATION] = lambda call: variants.generate(engine, call)
    known["GET", variants.SPECS] = lambda call: variants.specs_of(engine, call)
    for kind in ASSIGNMENTS:
        known["POST", kind.collection] = _assigning(assignments.save, engine, kind)
        known["GET", kind.collection] = _assigning(assignments.listed, engine, kind)
        known["DELETE", kind.deletion] = _assigning(assignments.delete, engine, kind)
    return known


def _assigning(action: Callable[[Engine, Assignment, Call], Answer], engine: Engine, kind: Assignment) -> Handler:
    return lambda call: action(engine, kind, call)


def _bound(action: Callable[[Resource, Call], Answer], resource: Resource) -> Handler:
    return lambda call: action(resource, call)


def _admit(caller: Caller, operation: Operation) -> None:
    if not caller.client_active:
        raise unauthorised("Auth.ClientNotActive", "API client is not active.")
    if not caller.user["Active"]:
        raise unauthorised("Auth.UserNotActive", "User is not active.")
    if operation.roles and not operation.roles & caller.roles:
        message = "User does not have role(s) required to perform this action."
        data = {"SufficientRoles": sorted(operation.roles), "AssignedRoles": sorted(caller.roles)}
        raise Refusal(403, Problem("Auth.InsufficientRoles", message, data))


def _only(method: str, asked: Asked) -> None:
    if asked.method != method:
        raise _wrong_method(asked, [method])


def _wrong_method(asked: Asked, allowed: Iterable[str]) -> Refusal:
    problem = Problem("Request.MethodNotAllowed", f"{asked.method} is not allowed on {asked.path}.")
    return Refusal(405, problem, headers={"Allow": ", ".join(sorted(allowed))})


def _no_such_path(asked: Asked) -> Refusal:
    return Refusal(404, Problem("NotFound", f"There is no {asked.path}."))
