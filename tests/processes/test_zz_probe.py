from time import monotonic, sleep
from collections import Counter
from tests.processes.test_many_in_flight import *
from onboarding.models import Attempt, BillSession
from portal.lib.tenancy import acting_for
def test_probe(world, cluster, many, person):
    t0=monotonic()
    with cluster.workers(number=3):
        print("workers ready", monotonic()-t0)
        t0=monotonic()
        while monotonic()-t0<25:
            st=many.steps()
            sess=[]
            for p in world.partners:
                with acting_for(p.pk): sess.append([(s.purpose,s.state,s.how_ended[:20]) for s in BillSession.objects.filter(purpose="partner")])
            print(round(monotonic()-t0,1), many.done(), [many.begun(f"Company {p.tenant.slug}") for p in world.partners], dict(Counter(s.state for s in st)), Counter((s.key,s.reason[:50], s.in_bulk) for s in st if s.reason).most_common(4), sess)
            if many.done()==MANY: break
            sleep(1)
