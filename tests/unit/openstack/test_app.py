"""What all services have: tokens, versions, paths, malformed requests."""

from __future__ import annotations

from tests.unit.openstack.stack import Stack


async def test_a_request_without_a_token_is_refused_as_the_middleware_does(stack: Stack) -> None:
    answer = await stack.call("GET", "/compute/v2.1/servers")
    assert answer.status == 401
    assert answer.body["error"]["code"] == 401
    assert answer.headers["WWW-Authenticate"].startswith('Keystone uri="http://127.0.0.1:')
    assert answer.headers["x-openstack-request-id"].startswith("req-")


async def test_there_is_nothing_outside_of_the_services(stack: Stack) -> None:
    assert (await stack.call("GET", "/nothing")).status == 404
    assert set((await stack.call("GET", "/")).body) >= {"identity", "compute", "network", "image", "block-storage", "placement"}


async def test_a_microversion_that_is_not_there_is_not_acceptable(stack: Stack) -> None:
    answer = await stack.call("GET", "/compute/v2.1/servers", OpenStack_API_Version="compute 2.999")
    assert answer.status == 406
    answer = await stack.call("GET", "/compute/v2.1/servers", X_OpenStack_Nova_API_Version="two")
    assert answer.status == 400
    assert answer.body["badRequest"]["code"] == 400
