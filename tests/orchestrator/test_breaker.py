"""The breaker against a model of it, over any order of calls, ends and passing time; and the budget of retries."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tertulia.orchestrator.breaker import Breaker, BreakerRules, State
from tertulia.orchestrator.providers.retry_budget import RetryBudget

RULES = BreakerRules(in_a_row=3, sample=6, share=0.5, rest=timedelta(seconds=5), longest_rest=timedelta(seconds=20))


class Calls(RuleBasedStateMachine):
    """Callers ask before each call and say afterwards how it went."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.breaker = Breaker(RULES, told=lambda _: None, clock=lambda: self.now)
        self.running = 0
        self.failures_in_a_row = 0
        self.asleep_until = 0.0
        self.opened_at: float | None = None

    @rule()
    def call(self) -> None:
        before = self.breaker.state
        if self.breaker.begin():
            assert self.now >= self.asleep_until
            if before is not State.CLOSED:
                assert before is State.OPEN
                assert self.breaker.state is State.PROBING
            self.running += 1
        else:
            assert before is not State.CLOSED or self.now < self.asleep_until

    @precondition(lambda self: self.running)
    @rule()
    def succeed(self) -> None:
        probing = self.breaker.state is State.PROBING
        self.breaker.succeeded()
        self.running -= 1
        self.failures_in_a_row = 0
        if probing:
            assert self.breaker.state is State.CLOSED

    @precondition(lambda self: self.running)
    @rule()
    def fail(self) -> None:
        self.breaker.failed()
        self.running -= 1
        self.failures_in_a_row += 1
        if self.failures_in_a_row >= RULES.in_a_row:
            assert self.breaker.state is State.OPEN

    @precondition(lambda self: self.running)
    @rule()
    def leave(self) -> None:
        self.breaker.undecided()
        self.running -= 1

    @precondition(lambda self: self.running)
    @rule(seconds=st.floats(0.1, 30))
    def busy(self, seconds: float) -> None:
        rest = timedelta(seconds=seconds)  # which counts in whole microseconds
        self.breaker.sleep(rest)
        self.running -= 1
        self.asleep_until = max(self.asleep_until, self.now + rest.total_seconds())

    @rule(seconds=st.floats(0, 30))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def it_always_lets_somebody_through_again(self) -> None:
        """However it stands, its rest is bounded; only a probe that is on its way makes others wait for it."""
        ready = self.breaker.ready_in()
        if self.breaker.state is State.PROBING:
            return
        longest = max(RULES.longest_rest.total_seconds(), self.asleep_until - self.now)
        assert 0 <= ready <= longest + 1e-6


TestCalls = Calls.TestCase
TestCalls.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_it_opens_on_a_share_of_failures() -> None:
    """Never three in a row, and yet half of the latest calls failed."""
    breaker = Breaker(RULES, told=lambda _: None, clock=lambda: 0.0)
    for _ in range(3):
        breaker.succeeded()
        breaker.failed()
    assert breaker.state is State.OPEN


def test_each_failed_probe_doubles_the_rest() -> None:
    """Up to the longest; a probe that succeeds makes it short again."""
    now = 0.0
    breaker = Breaker(RULES, told=lambda _: None, clock=lambda: now)
    for _ in range(3):
        breaker.failed()
    rests = []
    for _ in range(4):
        rests.append(breaker.ready_in())
        now += rests[-1]
        assert breaker.begin()
        assert not breaker.begin()
        breaker.failed()
    assert rests == [5, 10, 20, 20]
    now += 20
    assert breaker.begin()
    breaker.succeeded()
    for _ in range(3):
        breaker.failed()
    assert breaker.ready_in() == 5


@given(st.lists(st.booleans(), min_size=50, max_size=400))
def test_retries_are_at_most_a_fifth_of_all_calls(wishes: list[bool]) -> None:
    """Whenever they are wished for, and from the fiftieth call on."""
    budget = RetryBudget()
    retries = 0
    for calls, wish in enumerate(wishes, 1):
        budget.call()
        retries += wish and budget.retry()
        assert retries <= max(0.2 * calls, 1 + 0.18 * calls)
    assert retries <= 0.2 * len(wishes)
