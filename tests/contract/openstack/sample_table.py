"""Which of the services' own samples belong to which operation: by their names, which follow a few habits and have many exceptions."""

from __future__ import annotations

from typing import NamedTuple


class Resource(NamedTuple):
    """Samples named ``ONE-create-request``, ``ONE-show-response``, ``MANY-list-response`` ...: where the resource is found."""

    service: str
    folder: str
    path: str
    one: str
    many: str
    change: str = "PUT"


class Named(NamedTuple):
    """Samples of one operation, by a pattern of their paths below the service's folder (``*`` may be a folder, too)."""

    service: str
    method: str
    path: str
    kind: str
    pattern: str
    action: str = ""


KEYSTONE, ADMIN = "keystone", "v3/samples/admin"
NEUTRON, V2 = "neutron", "v2/samples"
CINDER, V3 = "cinder", "v3/samples"
RESOURCES: tuple[Resource, ...] = (
    *(
        Resource(KEYSTONE, ADMIN, f"/{many}", one, many, "PATCH")
        for one, many in {
            "credential": "credentials",
            "domain": "domains",
            "endpoint": "endpoints",
            "group": "groups",
            "policy": "policies",
            "project": "projects",
            "region": "regions",
            "role": "roles",
            "service": "services",
            "user": "users",
        }.items()
    ),
    *(
        Resource(NEUTRON, f"{V2}/{folder}", f"/{many.replace('_', '-')}", one, many)
        for folder, one, many in (
            ("networks", "network", "networks"),
            ("subnets", "subnet", "subnets"),
            ("subnets", "subnetpool", "subnetpools"),
            ("ports", "port", "ports"),
            ("routers", "router", "routers"),
            ("floatingips", "floatingip", "floatingips"),
            ("security-groups", "security-group", "security-groups"),
            ("security-groups", "security-group-rule", "security-group-rules"),
            ("address-scopes", "address-scope", "address-scopes"),
            ("agents", "agent", "agents"),
            ("rbac_policy", "rbac-policy", "rbac-policies"),
            ("trunks", "trunk", "trunks"),
            ("extensions", "extension", "extensions"),
        )
    ),
    Resource("glance", "v2/samples", "/images", "image", "images", "PATCH"),
    Resource("glance", "v2/samples", "/tasks", "task", "tasks"),
    Resource(CINDER, f"{V3}/snapshots", "/snapshots", "snapshot", "snapshots"),
    Resource(CINDER, f"{V3}/backups", "/backups", "backup", "backups"),
    Resource(CINDER, V3, "/attachments", "attachment", "attachments"),
    Resource(CINDER, f"{V3}/volume_transfer", "/os-volume-transfer", "volume-transfer", "volume-transfers"),
    Resource(CINDER, f"{V3}/volume_transfers", "/volume-transfers", "volume-transfer", "volume-transfers"),
    Resource(CINDER, f"{V3}/volumes", "/volumes", "volume", "volumes"),
    Resource(CINDER, f"{V3}/volume_type", "/types", "volume-type", "volume-types"),
    Resource(CINDER, f"{V3}/qos", "/qos-specs", "qos", "qos"),
    Resource(CINDER, V3, "/groups", "group", "groups"),
)

NOVA = "nova"
SERVER = "/servers/{id}"
_NOVA: tuple[tuple[str, str, str, str], ...] = (
    ("POST", "/servers", "body", "servers/*server-create-req*.json"),
    ("POST", "/servers", "response", "servers/*server-create-resp.json"),
    ("GET", SERVER, "response", "servers/*server-get-resp.json"),
    ("PUT", SERVER, "body", "servers/*server-update-req.json"),
    ("PUT", SERVER, "response", "servers/*server-update-resp.json"),
    ("GET", "/servers", "response", "servers/*servers-list-resp.json"),
    ("GET", "/servers/detail", "response", "servers/*servers-details-resp.json"),
    ("GET", "/flavors", "response", "flavors/*flavors-list-resp.json"),
    ("GET", "/flavors/detail", "response", "flavors/*flavors-detail-resp.json"),
    ("GET", "/flavors/{id}", "response", "flavors/*flavor-get-resp.json"),
    ("POST", "/flavors", "body", "flavor-manage/*flavor-create-post-req.json"),
    ("POST", "/flavors", "response", "flavor-manage/*flavor-create-post-resp.json"),
    ("PUT", "/flavors/{id}", "body", "flavor-manage/*flavor-update-req.json"),
    ("PUT", "/flavors/{id}", "response", "flavor-manage/*flavor-update-resp.json"),
    ("GET", "/flavors/{flavor_id}/os-flavor-access", "response", "flavor-access/*flavor-access-list-resp.json"),
    ("POST", "/flavors/{flavor_id}/os-extra_specs", "body", "flavor-extra-specs/*flavor-extra-specs-create-req.json"),
    ("POST", "/flavors/{flavor_id}/os-extra_specs", "response", "flavor-extra-specs/*flavor-extra-specs-create-resp.json"),
    ("GET", "/flavors/{flavor_id}/os-extra_specs", "response", "flavor-extra-specs/*flavor-extra-specs-list-resp.json"),
    ("GET", "/flavors/{flavor_id}/os-extra_specs/{id}", "response", "flavor-extra-specs/*flavor-extra-specs-get-resp.json"),
    ("PUT", "/flavors/{flavor_id}/os-extra_specs/{id}", "body", "flavor-extra-specs/*flavor-extra-specs-update-req.json"),
    ("PUT", "/flavors/{flavor_id}/os-extra_specs/{id}", "response", "flavor-extra-specs/*flavor-extra-specs-update-resp.json"),
    ("POST", "/os-keypairs", "body", "os-keypairs/*keypairs-post-req.json"),
    ("POST", "/os-keypairs", "response", "os-keypairs/*keypairs-post-resp.json"),
    ("POST", "/os-keypairs", "body", "os-keypairs/*keypairs-import-post-req.json"),
    ("POST", "/os-keypairs", "response", "os-keypairs/*keypairs-import-post-resp.json"),
    ("GET", "/os-keypairs", "response", "os-keypairs/*keypairs-list-resp.json"),
    ("GET", "/os-keypairs/{id}", "response", "os-keypairs/*keypairs-get-resp.json"),
    ("POST", "/os-aggregates", "body", "os-aggregates/*aggregate-post-req.json"),
    ("POST", "/os-aggregates", "response", "os-aggregates/*aggregate-post-resp.json"),
    ("GET", "/os-aggregates", "response", "os-aggregates/*aggregates-list-get-resp.json"),
    ("GET", "/os-aggregates/{id}", "response", "os-aggregates/*aggregates-get-resp.json"),
    ("PUT", "/os-aggregates/{id}", "body", "os-aggregates/*aggregate-update-post-req.json"),
    ("PUT", "/os-aggregates/{id}", "response", "os-aggregates/*aggregate-update-post-resp.json"),
    ("GET", "/os-hypervisors", "response", "os-hypervisors/*hypervisors-list-resp.json"),
    ("GET", "/os-hypervisors/detail", "response", "os-hypervisors/*hypervisors-detail-resp.json"),
    ("GET", "/os-hypervisors/{id}", "response", "os-hypervisors/*hypervisors-show-resp.json"),
    ("GET", "/os-hypervisors/statistics", "response", "os-hypervisors/*hypervisors-statistics-resp.json"),
    ("GET", "/os-quota-sets/{id}", "response", "os-quota-sets/*quotas-show-get-resp.json"),
    ("GET", "/os-quota-sets/{id}/defaults", "response", "os-quota-sets/*quotas-show-defaults-get-resp.json"),
    ("GET", "/os-quota-sets/{id}/detail", "response", "os-quota-sets/*quotas-show-detail-get-resp.json"),
    ("PUT", "/os-quota-sets/{id}", "body", "os-quota-sets/*quotas-update-post-req.json"),
    ("PUT", "/os-quota-sets/{id}", "response", "os-quota-sets/*quotas-update-post-resp.json"),
    ("GET", "/os-quota-class-sets/{id}", "response", "os-quota-class-sets/*quota-classes-show-get-resp.json"),
    ("PUT", "/os-quota-class-sets/{id}", "body", "os-quota-class-sets/*quota-classes-update-post-req.json"),
    ("PUT", "/os-quota-class-sets/{id}", "response", "os-quota-class-sets/*quota-classes-update-post-resp.json"),
    ("POST", "/servers/{server_id}/os-volume_attachments", "body", "os-volume_attachments/*attach-volume-to-server-req.json"),
    ("POST", "/servers/{server_id}/os-volume_attachments", "response", "os-volume_attachments/*attach-volume-to-server-resp.json"),
    ("GET", "/servers/{server_id}/os-volume_attachments", "response", "os-volume_attachments/*list-volume-attachments-resp.json"),
    ("GET", "/servers/{server_id}/os-volume_attachments/{id}", "response", "os-volume_attachments/*volume-attachment-detail-resp.json"),
    ("PUT", "/servers/{server_id}/os-volume_attachments/{id}", "body", "os-volume_attachments/*update-volume-req.json"),
    ("POST", "/servers/{server_id}/os-interface", "body", "os-attach-interfaces/*attach-interfaces-create-*req.json"),
    ("POST", "/servers/{server_id}/os-interface", "response", "os-attach-interfaces/*attach-interfaces-create-resp.json"),
    ("GET", "/servers/{server_id}/os-interface", "response", "os-attach-interfaces/*attach-interfaces-list-resp.json"),
    ("GET", "/servers/{server_id}/os-interface/{id}", "response", "os-attach-interfaces/*attach-interfaces-show-resp.json"),
    ("GET", "/servers/{server_id}/os-instance-actions", "response", "os-instance-actions/*instance-actions-list-resp.json"),
    ("GET", "/servers/{server_id}/os-instance-actions/{id}", "response", "os-instance-actions/*instance-action-get-resp.json"),
    ("POST", "/os-server-groups", "body", "os-server-groups/*server-groups-post-req.json"),
    ("POST", "/os-server-groups", "response", "os-server-groups/*server-groups-post-resp.json"),
    ("GET", "/os-server-groups", "response", "os-server-groups/*server-groups-list-resp.json"),
    ("GET", "/os-server-groups/{id}", "response", "os-server-groups/*server-groups-get-resp.json"),
    ("GET", "/os-availability-zone", "response", "os-availability-zone/*availability-zone-list-resp.json"),
    ("GET", "/os-availability-zone/detail", "response", "os-availability-zone/*availability-zone-detail-resp.json"),
    ("GET", "/limits", "response", "limits/*limit-get-resp.json"),
    ("GET", "/os-services", "response", "os-services/*services-list-get-resp.json"),
    ("GET", "/os-migrations", "response", "os-migrations/*migrations-get.json"),
    ("GET", "/servers/{server_id}/migrations", "response", "server-migrations/*migrations-index.json"),
    ("GET", "/servers/{server_id}/metadata", "response", "server-metadata/*server-metadata-all-resp.json"),
    ("POST", "/servers/{server_id}/metadata", "body", "server-metadata/*server-metadata-all-req.json"),
    ("PUT", "/servers/{server_id}/metadata", "body", "server-metadata/*server-metadata-all-req.json"),
    ("GET", "/servers/{server_id}/metadata/{id}", "response", "server-metadata/*server-metadata-resp.json"),
    ("PUT", "/servers/{server_id}/metadata/{id}", "body", "server-metadata/*server-metadata-req.json"),
    ("GET", "/servers/{server_id}/tags", "response", "os-server-tags/*server-tags-index-resp.json"),
    ("PUT", "/servers/{server_id}/tags", "body", "os-server-tags/*server-tags-put-all-req.json"),
    ("PUT", "/servers/{server_id}/tags", "response", "os-server-tags/*server-tags-put-all-resp.json"),
    ("GET", "/servers/{server_id}/ips", "response", "server-ips/*server-ips-resp.json"),
    ("GET", "/servers/{server_id}/ips/{id}", "response", "server-ips/*server-ips-network-resp.json"),
    ("GET", "/servers/{server_id}/diagnostics", "response", "os-server-diagnostics/*server-diagnostics-get-resp.json"),
    ("GET", "/servers/{server_id}/os-server-password", "response", "os-server-password/*get-password-resp.json"),
    ("POST", "/servers/{server_id}/remote-consoles", "body", "os-remote-consoles/*create-*-console-req.json"),
    ("POST", "/servers/{server_id}/remote-consoles", "response", "os-remote-consoles/*create-*-console-resp.json"),
    ("POST", "/os-server-external-events", "body", "os-server-external-events/*event-create-req.json"),
    ("POST", "/os-server-external-events", "response", "os-server-external-events/*event-create-resp.json"),
    ("POST", "/os-security-groups", "body", "os-security-groups/*security-group-post-req.json"),
    ("POST", "/os-security-groups", "response", "os-security-groups/*security-groups-create-resp.json"),
    ("GET", "/os-security-groups", "response", "os-security-groups/*security-groups-list-get-resp.json"),
    ("GET", "/os-security-groups/{id}", "response", "os-security-groups/*security-groups-get-resp.json"),
    ("POST", "/os-security-group-rules", "body", "os-security-groups/*security-group-rules-post-req.json"),
    ("POST", "/os-security-group-rules", "response", "os-security-groups/*security-group-rules-post-resp.json"),
)
_PLACEMENT: tuple[tuple[str, str, str, str], ...] = (
    ("GET", "/resource_providers", "response", "resource_providers/get-resource_providers.json"),
    ("POST", "/resource_providers", "body", "resource_providers/create-resource_providers-request.json"),
    ("GET", "/resource_providers/{uuid}", "response", "resource_providers/get-resource_provider.json"),
    ("PUT", "/resource_providers/{uuid}", "body", "resource_providers/update-resource_provider-request.json"),
    ("GET", "/resource_providers/{uuid}/inventories", "response", "inventories/get-inventories.json"),
    ("PUT", "/resource_providers/{uuid}/inventories", "body", "inventories/update-inventories-request.json"),
    ("GET", "/resource_providers/{uuid}/usages", "response", "resource_provider_usages/get-resource_provider_usages.json"),
    ("PUT", "/resource_providers/{uuid}/traits", "body", "resource_provider_traits/update-resource_provider-traits-request.json"),
    ("PUT", "/resource_providers/{uuid}/aggregates", "body", "aggregates/update-aggregates-request*.json"),
    ("GET", "/resource_providers/{uuid}/aggregates", "response", "aggregates/get-aggregates*.json"),
    ("GET", "/allocations/{consumer_uuid}", "response", "allocations/get-allocations*.json"),
    ("PUT", "/allocations/{consumer_uuid}", "body", "allocations/update-allocations-request*.json"),
    ("POST", "/allocations", "body", "allocations/manage-allocations-request*.json"),
    ("GET", "/allocation_candidates", "response", "allocation_candidates/get-allocation_candidates*.json"),
    ("GET", "/resource_classes", "response", "resource_classes/get-resource_classes.json"),
    ("POST", "/resource_classes", "body", "resource_classes/create-resource_classes-request.json"),
    ("GET", "/traits", "response", "traits/get-traits.json"),
    ("GET", "/usages", "response", "usages/get-usages*.json"),
)
_OTHERS: tuple[Named, ...] = (
    Named(KEYSTONE, "POST", "/auth/tokens", "body", f"{ADMIN}/auth-*-request*.json"),
    Named(KEYSTONE, "POST", "/auth/tokens", "response", f"{ADMIN}/auth-password-*-response.json"),
    Named(KEYSTONE, "GET", "/auth/catalog", "response", f"{ADMIN}/get-service-catalog-response.json"),
    Named(KEYSTONE, "GET", "/role_assignments", "response", f"{ADMIN}/role-assignments-list-response.json"),
    Named(NEUTRON, "PUT", "/routers/{id}/add_router_interface", "response", f"{V2}/routers/router-add-interface-response.json"),
    Named(NEUTRON, "PUT", "/routers/{id}/remove_router_interface", "response", f"{V2}/routers/router-remove-interface-response.json"),
    Named(NEUTRON, "GET", "/availability_zones", "response", f"{V2}/availability-zones/*list-response.json"),
    Named(NEUTRON, "GET", "/floatingips", "response", f"{V2}/floatingips/floating-ips-list-response.json"),
    Named("glance", "POST", "/images/{image_id}/members", "body", "v2/samples/image-member-create-request.json"),
    Named("glance", "POST", "/images/{image_id}/members", "response", "v2/samples/image-member-create-response.json"),
    Named("glance", "GET", "/images/{image_id}/members", "response", "v2/samples/image-members-list-response.json"),
    Named(CINDER, "GET", "/os-availability-zone", "response", f"{V3}/availability-zone-list-response.json"),
    Named(CINDER, "GET", "/extensions", "response", f"{V3}/extensions/extensions-list-response.json"),
    Named(CINDER, "GET", "/limits", "response", f"{V3}/limits/*limits-show-response.json"),
)
NAMED: tuple[Named, ...] = (
    *(Named(NOVA, *one) for one in _NOVA),
    *(Named("placement", *one) for one in _PLACEMENT),
    *_OTHERS,
)
ACTIONS: tuple[tuple[str, str, str], ...] = (
    (NOVA, "/servers/{id}/action", "*/*.json"),
    (CINDER, "/volumes/{id}/action", f"{V3}/*request.json"),
    (CINDER, "/snapshots/{id}/action", f"{V3}/snapshot*-request.json"),
)
"""Samples with one key, the name of an action: service, path, pattern.  They are told from others by that name."""
