from time import monotonic, sleep
import pytest
from onboarding.engine import wake
from tests.processes.conftest import *
from tests.processes.crowd import Crowd
from tests.processes.test_many_in_flight import middle, MANY, many
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cluster")]
def test_probe(world, cluster, many):
    from collections import Counter
    t0=monotonic()
    with cluster.workers(number=3):
        print("workers ready", monotonic()-t0)
        t0=monotonic()
        middle(many)
        onboarding = world.one.start("Rice Cakes Inc"); world.one.submit(onboarding,"create_organization")
        t1=monotonic(); done=None
        while monotonic()-t0<40:
            c=Counter((s.key,s.state) for s in many.steps() if s.submitted_at)
            st={s.key:s.state for s in world.one.steps(onboarding)}
            print(round(monotonic()-t0,1), many.done(), len(world.organizations()), dict(Counter(s.state for s in many.steps())), st.get('partner_login'), st.get('create_organization'), [ (s.key,s.reason[:50], s.tries) for s in many.steps() if s.reason][:4])
            if done is None and st['create_organization']=='done': done=monotonic()-t1
            if many.done()==MANY and done: break
            sleep(1)
        print('person', done)
        
