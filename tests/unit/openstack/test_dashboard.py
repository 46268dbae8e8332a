"""The dashboard, as a browser without scripts uses it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from emulators.openstack.window import PASSWORD
from tests.unit.openstack.stack import Client, Stack

FORM = {"Content_Type": "application/x-www-form-urlencoded"}


def field(page: bytes, name: str) -> str:
    """The value of a form's hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.decode())
    assert found is not None, page
    return found[1]


async def sign_in(stack: Stack, password: str, **changes: str) -> Any:
    """The answer to a login with what the form says."""
    page = await stack.call("GET", "/dashboard/auth/login/")
    given = {"csrfmiddlewaretoken": field(page.data, "csrfmiddlewaretoken"), "username": "demo", "domain": "Default", "password": password}
    return await stack.call("POST", "/dashboard/auth/login/", data=urlencode({**given, **changes}).encode(), **FORM)


async def test_who_logs_in_sees_the_overview_of_their_project(stack: Stack, demo: Client) -> None:
    networks = await demo.ok("GET", "/networking/v2.0/networks?name=private")
    images = await demo.ok("GET", "/image/v2/images?name=cirros-0.6.3-x86_64-disk")
    server = {
        "name": "<web>",
        "imageRef": images["images"][0]["id"],
        "flavorRef": "1",
        "networks": [{"uuid": networks["networks"][0]["id"]}],
    }
    await demo.ok("POST", "/compute/v2.1/servers", {"server": server})
    answer = await sign_in(stack, stack.context.secrets.password(PASSWORD))
    assert (answer.status, answer.headers["Location"][-11:]) == (302, "/dashboard/")
    page = await stack.call("GET", "/dashboard/")
    assert b"Overview" in page.data
    assert b"&lt;web&gt;" in page.data
    assert b"Used 1 of 10" in page.data
    form = {"csrfmiddlewaretoken": field(page.data, "csrfmiddlewaretoken")}
    await stack.call("POST", "/dashboard/auth/logout/", data=urlencode(form).encode())
    assert b"id_username" in (await stack.call("GET", "/dashboard/")).data


async def test_a_wrong_password_says_nothing_more(stack: Stack) -> None:
    wrong, nobody = await sign_in(stack, "wrong"), await sign_in(stack, "wrong", username="nobody")
    for answer in (wrong, nobody):
        assert answer.status == 200
        assert b"Invalid credentials." in answer.data
        assert "sessionid" not in answer.headers.get("Set-Cookie", "")


async def test_a_form_from_elsewhere_does_nothing(stack: Stack) -> None:
    answer = await sign_in(stack, stack.context.secrets.password(PASSWORD), csrfmiddlewaretoken="forged")
    assert answer.status == 403
    assert b"id_username" in (await stack.call("GET", "/dashboard/")).data
