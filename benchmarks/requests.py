"""Count the storage requests, event-log writes and OrderCloud calls of one record, by what becomes of it."""

from fakes.world import World

from benchmarks.samples import TRACEPARENT, posted, profile
from models.record_types import REGISTRY
from orchestration.authorisation import Caller
from orchestration.limits import Limits
from orchestration.pipeline import Pipeline
from orchestration.receipt import Delivery, Intake

SELLER = Caller("bench", "admin", frozenset({"FullAccess"}))


async def requests_per_record() -> dict[str, tuple[int, int]]:
    """Return, by action, the requests of our own and the OrderCloud calls for one record, intake included."""
    world = World(profile())
    removed = posted(1, 3.0)
    del removed["xp"]["Warranty"]
    bodies = {"Create": posted(1), "Ignore": posted(1), "Patch": posted(1, 3.0), "Update": removed}
    return {action: await _counted(world, body) for action, body in bodies.items()}


async def _counted(world: World, body: dict[str, object]) -> tuple[int, int]:
    before, calls = _requests(world), len(world.ordercloud.calls)
    receipt = await Intake(world.ports, REGISTRY).post(SELLER, REGISTRY["product"], [body], Delivery(TRACEPARENT))
    await Pipeline(world.ports, REGISTRY, Limits()).run(receipt.accepted[0].envelope.path)
    return _requests(world) - before, len(world.ordercloud.calls) - calls


def _requests(world: World) -> int:
    containers = (world.queue, world.cache, world.parked, world.deadletters)
    return sum(len(each.container.requests) for each in containers) + len(world.log.written)
