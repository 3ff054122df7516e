from onboarding.simulator.access import Access
from onboarding.simulator.call import Call
from onboarding.simulator.route import Route
from onboarding.simulator.wire.messages import Answer


def get_health(call: Call) -> Answer:
    return call.answer({"name": "connect", "version": "v3", "location": "simulator"})


ROUTES = (Route("GET", "/v3/health", "health", Access.OPEN, get_health),)
