import inspect

from onboarding.bill.client import BillClient
from onboarding.simulator.routes import ROUTES
from tests.contract.client_calls import CALLS
from tests.contract.definition import operations

# Of the client, but no operation of BILL's: its end, and iterations over the pages of a list.
OUR_OWN = {"close", "organization_pages", "user_pages"}


def test_the_simulator_serves_the_operations_of_the_definition() -> None:
    served = {(route.operation, route.method, route.base + route.path) for route in ROUTES}

    assert served == {(one.name, one.method, one.base + one.path) for one in operations().values()}


def test_the_client_has_the_operations_of_the_definition() -> None:
    methods = {name for name, _ in inspect.getmembers(BillClient, inspect.isfunction) if name[0] != "_"}

    assert methods - OUR_OWN == {one.name for one in operations().values()}


def test_every_operation_is_called_through_the_client() -> None:
    assert CALLS.keys() == operations().keys()
