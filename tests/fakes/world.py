"""All the fakes together, as the pipeline takes them."""

from fakes.clock import FakeChance, FakeClock
from fakes.event_log import MemoryEventLog
from fakes.ordercloud import FakeOrderCloud
from fakes.pauses import MemoryPauses
from fakes.profiles import MemoryProfiles
from fakes.seals import MemorySeals
from fakes.storage import MemoryHints, MemoryRecordCache, MemoryRecordQueue
from orchestration.circuits import Circuits
from orchestration.ports import Ports
from orchestration.profile import Profile
from orchestration.tracing import SILENT


class World:
    """One of each fake, on one clock; `ports` hands them to the pipeline."""

    def __init__(self, *profiles: Profile, seed: int = 0) -> None:
        self.clock = FakeClock()
        self.chance = FakeChance(seed)
        self.queue = MemoryRecordQueue(self.clock)
        self.cache = MemoryRecordCache(self.clock)
        self.parked = MemoryHints(self.clock)
        self.deadletters = MemoryHints(self.clock)
        self.log = MemoryEventLog()
        self.profiles = MemoryProfiles(*profiles)
        self.pauses = MemoryPauses(self.clock)
        self.ordercloud = FakeOrderCloud(self.clock, described=True)
        self.circuits = Circuits(self.clock.elapsed)
        self.seals = MemorySeals()

    @property
    def ports(self) -> Ports:
        """The ports of the pipeline."""
        return Ports(
            queue=self.queue,
            cache=self.cache,
            parked=self.parked,
            deadletters=self.deadletters,
            log=self.log,
            profiles=self.profiles,
            pauses=self.pauses,
            marketplaces=self.ordercloud,
            circuits=self.circuits,
            seals=self.seals,
            clock=self.clock,
            chance=self.chance,
            telemetry=SILENT,
        )
