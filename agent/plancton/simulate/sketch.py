"""A day is drawn from pieces of work that overlap, second by second, and told as steps."""

from __future__ import annotations

from plancton.simulate.demand import Demand, Machine, Step

DAY = 86400


class Sketch:
    """A day on a machine. Times and lengths are whole seconds; what is beyond the day is cut off."""

    def __init__(self, machine: Machine, seconds: int = DAY) -> None:
        self.machine = machine
        self.seconds = seconds
        # Changes at the beginning of a second: however long a piece is, it is two entries.
        self._cores = [0.0] * (seconds + 1)
        self._memory = [0] * (seconds + 1)
        self._present = [0] * (seconds + 1)

    def work(self, start: float, seconds: float, cores: float) -> None:
        """So many cores are wanted, beside all else that is."""
        first, last = self._within(start, seconds)
        self._cores[first] += cores
        self._cores[last] -= cores

    def hold(self, start: float, seconds: float, size_bytes: float) -> None:
        """So much memory is taken."""
        first, last = self._within(start, seconds)
        self._memory[first] += int(size_bytes)
        self._memory[last] -= int(size_bytes)

    def sit(self, start: float, seconds: float) -> None:
        """Somebody is at the keyboard."""
        first, last = self._within(start, seconds)
        self._present[first] += 1
        self._present[last] -= 1

    def _within(self, start: float, seconds: float) -> tuple[int, int]:
        first = min(max(round(start), 0), self.seconds)
        return first, min(max(round(start + seconds), first), self.seconds)

    def demand(self, owner: str) -> Demand:
        """The day as steps. Nobody gets more than the machine has."""
        steps: list[Step] = []
        cores, memory, present = 0.0, 0, 0
        for second in range(self.seconds):
            cores += self._cores[second]
            memory += self._memory[second]
            present += self._present[second]
            now = (
                # A hundredth of a core is what the kernel's counters resolve in a second.
                min(max(round(cores, 2), 0.0), float(self.machine.cores)),
                min(memory, self.machine.memory_bytes),
                present > 0,
            )
            if not steps or steps[-1][1:] != now:
                steps.append(Step(float(second), *now))
        return Demand(owner, self.machine, float(self.seconds), tuple(steps))
