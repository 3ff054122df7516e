from onboarding.simulator.call import Call
from onboarding.simulator.messages import Answer


def get_health(call: Call) -> Answer:
    return call.answer({"name": "connect", "version": "v3", "location": "simulator"})
