"""What a step does when nothing strikes: its calls to BILL, its moments, and which failure points these stand for."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tests.crashes.cells import Call, Cell, F
from tests.crashes.scenes import Scene, bring_to
from tests.crashes.truth import problems_of
from tests.crashes.watching import ANSWERED, SENDING, SENT, THE_END, Moment
from tests.world import World

# Their answer is a session, which we keep to ourselves.
LOGINS = {"partner_login", "login", "login_as_user"}


@dataclass(frozen=True)
class Exchange:
    """One call of the run, and the numbers of its moments: intent committed, sent, under way, answered."""

    call: Call
    intent: int
    sending: int
    sent: int
    answered: int


@dataclass(frozen=True)
class Rehearsal:
    """One clean run of a step."""

    moments: list[Moment]
    exchanges: list[Exchange]

    @property
    def calls(self) -> list[Call]:
        return list(dict.fromkeys(exchange.call for exchange in self.exchanges))

    @property
    def last_commit(self) -> int:
        return max(moment.number for moment in self.moments if moment.commits)

    def cells(self, injury: str, moment: Moment) -> set[Cell]:
        """The cells for which this injury at this moment stands."""
        found = {
            Cell(point, exchange.call, injury)
            for exchange, following in zip(self.exchanges, [*self.exchanges[1:], None], strict=True)
            for point in self._points(injury, moment, exchange, following)
        }
        assert found, f"no call is near moment {moment}"
        return found

    def _points(
        self, injury: str, moment: Moment, exchange: Exchange, following: Exchange | None
    ) -> Iterator[F]:
        number, is_first = moment.number, exchange is self.exchanges[0]
        began = -1 if is_first else self.exchanges[self.exchanges.index(exchange) - 1].answered
        if began < number <= exchange.sending:
            yield self._before_it_is_sent(injury, number, exchange)
        elif exchange.sending < number < exchange.sent:
            yield F.PARTLY_WRITTEN
        elif number == exchange.sent:
            yield F.NO_ANSWER
        elif exchange.sent < number < exchange.answered:
            yield F.ANSWER_CUT_SHORT
        elif exchange.answered <= number and (following is None or number <= following.sending):
            yield self._after_it_was_answered(injury, number, following)

    def _before_it_is_sent(self, injury: str, number: int, exchange: Exchange) -> F:
        is_committed = number > exchange.intent or (
            injury == "commit unacknowledged" and number == exchange.intent
        )
        return F.INTENT_COMMITTED if is_committed and not exchange.call.is_read else F.BEFORE_INTENT

    def _after_it_was_answered(self, injury: str, number: int, following: Exchange | None) -> F:
        if following is None and number > self.last_commit:
            return F.NOBODY_WOKEN
        return {
            "killed": F.NOT_SAVED,
            "commit unacknowledged": F.COMMIT_IN_DOUBT,
        }.get(injury, F.COMMIT_FAILED)


_known: dict[str, Rehearsal] = {}


def rehearse(world: World, key: str) -> Rehearsal:
    """Run the step with nothing in its way, once for all tests."""
    if key not in _known:
        scene = bring_to(world, world.one, key)
        watch = scene.drive()
        rehearsal = Rehearsal(watch.moments, exchanges_of(scene, watch.moments))
        scene.calm()
        assert problems_of(scene) == []
        _known[key] = rehearsal
    return _known[key]


def exchanges_of(scene: Scene, moments: list[Moment]) -> list[Exchange]:
    """The calls among these moments, in their order; the simulator's log says which they were."""
    beginnings = [moment.number for moment in moments if moment.name == SENDING]
    logged = scene.world.simulator.calls[-len(beginnings) :]
    with_id = LOGINS | {
        attempt.operation for attempt in scene.partner.attempts(scene.onboarding) if attempt.bill_id
    }
    found = []
    for (begins, ends), call in zip(pairwise([*beginnings, len(moments)]), logged, strict=True):
        name = call.operation
        found.append(
            Exchange(
                Call(
                    step=scene.key,
                    operation=name,
                    is_read=call.method == "GET",
                    answers_id=name in with_id,
                    is_first=begins == beginnings[0],
                    is_last=ends == len(moments),
                ),
                max(moment.number for moment in moments[:begins] if moment.commits),
                begins,
                next(moment.number for moment in moments[begins:ends] if moment.name == SENT),
                next(moment.number for moment in moments[begins:ends] if moment.name == ANSWERED),
            )
        )
    return found


def all_that_differ(rehearsal: Rehearsal) -> list[Moment]:
    """The moments that leave different things behind: within a transaction, all are as if it had not begun."""
    moments, last = rehearsal.moments, rehearsal.last_commit
    chosen = [one for one in moments if one.number == last or (one.is_idle and one.number < last)]
    return [*chosen, Moment(len(moments), THE_END, is_idle=True)]
