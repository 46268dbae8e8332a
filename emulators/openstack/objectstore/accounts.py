"""Accounts: their containers, their metadata, and what the store can do."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.faults import Fault
from emulators.openstack.objectstore import events, headers
from emulators.openstack.objectstore.access import is_reseller
from emulators.openstack.objectstore.answering import ACCOUNT, answers
from emulators.openstack.objectstore.content import MAX_BYTES
from emulators.openstack.objectstore.listing import MAX_LIMIT, entries, listing, wanted_of
from emulators.openstack.objectstore.place import Place, account_of
from emulators.openstack.objectstore.records import SwiftAccount, SwiftContainer
from emulators.openstack.objectstore.service import OBJECT_STORE
from emulators.world.decide import Decision

POLICY: Final = "Policy-0"
QUOTA_BYTES: Final = "quota-bytes"


@OBJECT_STORE.get("/info", root=True, rule=None, quality="client")
async def info(_: Call) -> dict[str, Any]:
    """What the store can do."""
    return {
        "swift": {
            "version": "2.38.3",
            "policies": [{"name": POLICY, "aliases": POLICY, "default": True}],
            "account_autocreate": True,
            "allow_account_management": False,
            "account_listing_limit": MAX_LIMIT,
            "container_listing_limit": MAX_LIMIT,
            "max_account_name_length": 256,
            "max_container_name_length": 256,
            "max_object_name_length": 1024,
            "max_file_size": MAX_BYTES,
            "max_header_size": 8192,
            "max_meta_count": headers.MAX_COUNT,
            "max_meta_name_length": headers.MAX_NAME,
            "max_meta_overall_size": headers.MAX_OVERALL,
            "max_meta_value_length": headers.MAX_VALUE,
            "extra_header_count": 0,
            "strict_cors_mode": True,
        },
        "account_quotas": {},
        "container_quotas": {},
        "keystoneauth": {"default_project_access": True},
        "slo": {"max_manifest_segments": 1000, "max_manifest_size": 8388608, "min_segment_size": 1},
        "dlo": {"max_segments": MAX_LIMIT},
        "tempurl": {"methods": ["GET", "HEAD", "PUT", "POST", "DELETE"], "allowed_digests": ["sha1", "sha256", "sha512"]},
        "versioned_writes": {"allowed_flags": ["x-versions-location", "x-history-location"]},
    }


@OBJECT_STORE.get("/healthcheck", root=True, rule=None)
async def healthcheck(_: Call) -> Reply:
    """That it works."""
    return Reply(b"OK", 200, {"Content-Type": "text/plain", "X-Trans-Id": headers.transaction_id()})


def _stats(call: Call, place: Place, containers: list[SwiftContainer]) -> dict[str, str]:
    account = account_of(call.state, place)
    objects, size = sum(one.objects for one in containers), sum(one.bytes for one in containers)
    found = {
        "X-Account-Container-Count": str(len(containers)),
        "X-Account-Object-Count": str(objects),
        "X-Account-Bytes-Used": str(size),
        "X-Timestamp": headers.timestamp(account.created if account else call.cloud.now()),
        "Accept-Ranges": "bytes",
    }
    if containers:
        policy = f"X-Account-Storage-Policy-{POLICY}"
        counts = {"Container-Count": len(containers), "Object-Count": objects, "Bytes-Used": size}
        found |= {f"{policy}-{name}": str(value) for name, value in counts.items()}
    if account is not None:
        found |= headers.shown(account.metadata, "Account")
        if account.quota_count:
            found["X-Account-Quota-Count"] = account.quota_count
    return found


@answers("GET", ACCOUNT)
async def list_containers(call: Call, place: Place) -> Reply:
    """The account's containers."""
    containers = call.state.where(SwiftContainer, "account", place.account)
    lines = entries(containers, wanted_of(call), _row)
    return listing(call, lines, root=("account", place.account), item="container", headers=_stats(call, place, containers))


def _row(one: SwiftContainer) -> dict[str, Any]:
    return {"name": one.name, "count": one.objects, "bytes": one.bytes, "last_modified": one.updated.strftime("%Y-%m-%dT%H:%M:%S.%f")}


@answers("HEAD", ACCOUNT)
async def head_account(call: Call, place: Place) -> Reply:
    """What the account has."""
    found = {"Content-Type": headers.TEXT, **_stats(call, place, call.state.where(SwiftContainer, "account", place.account))}
    return Reply(None, 204, found)


@answers("POST", ACCOUNT)
async def post_account(call: Call, place: Place) -> Reply:
    """Set and remove metadata; quotas are resellers' matter."""
    given = dict(call.request.headers)
    if "bulk-delete" in call.query:
        raise Fault(501, "Delete the objects one by one.")
    named = set(headers.metadata(given, "account", keep_empty=True)) | headers.removed(given, "account")
    count = given.get("X-Account-Quota-Count", "")
    if (QUOTA_BYTES in named or count) and not is_reseller(call):
        raise Fault(403, "Access was denied to this resource.")
    for value in (headers.metadata(given, "account").get(QUOTA_BYTES, ""), count):
        if value and not (value.isascii() and value.isdigit()):
            raise Fault(400, "Invalid quota")
    remove_count = "X-Remove-Account-Quota-Count" in call.request.headers
    await call.ask(change_account, account=place.account, given=given, count=count, remove_count=remove_count)
    return Reply(None, 204)


@ask
def change_account(d: Decision, *, account: str, given: dict[str, str], count: str, remove_count: bool) -> None:
    """It holds; the account exists from now on."""
    found = ensure_account(d, account)
    kept = count or ("" if remove_count else found.quota_count)
    d.update(events.ACCOUNT_CHANGED, found, metadata=headers.merged(found.metadata, given, "account"), quota_count=kept)


def ensure_account(d: Decision, account: str) -> SwiftAccount:
    """The account, made when it is first used."""
    return d.state.one(SwiftAccount, "name", account) or d.create(events.ACCOUNT_CREATED, SwiftAccount, name=account)


@answers("PUT", ACCOUNT)
async def put_account(_: Call, _place: Place) -> Reply:
    """Refused: accounts make themselves."""
    raise Fault(403, "Access was denied to this resource.")


@answers("DELETE", ACCOUNT)
async def delete_account(_: Call, _place: Place) -> Reply:
    """Refused: accounts go with their projects."""
    raise Fault(403, "Access was denied to this resource.")
