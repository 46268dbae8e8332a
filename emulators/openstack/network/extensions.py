"""The extensions that are there: aliases, names and times as neutron-lib has them.

An alias stands here only when what it promises works.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Extension(NamedTuple):
    """One extension."""

    alias: str
    name: str
    updated: str
    description: str


_ROWS: Final = (
    Extension("address-group", "Address group", "2020-07-15T10:00:00-00:00", "Support address group"),
    Extension("address-scope", "Address scope", "2015-07-26T10:00:00-00:00", "Address scopes extension."),
    Extension("agent", "agent", "2013-02-03T10:00:00-00:00", "The agent management extension."),
    Extension("agent_sort_key", "Agents Sort Key", "2013-02-03T10:00:00-00:00", "Enabling the keyword sort_key for sorting in agents."),
    Extension("allowed-address-pairs", "Allowed Address Pairs", "2013-07-23T10:00:00-00:00", "Provides allowed address pairs"),
    Extension(
        "auto-allocated-topology", "Auto Allocated Topology Services", "2016-01-01T00:00:00-00:00", "Auto Allocated Topology Services."
    ),
    Extension("availability_zone", "Availability Zone", "2015-01-01T10:00:00-00:00", "The availability zone extension."),
    Extension("binding", "Port Binding", "2014-02-03T10:00:00-00:00", "Expose port bindings of a virtual port to external application"),
    Extension(
        "data-plane-status", "Port data plane status extension", "2017-01-24T10:00:00-00:00", "Expose status of underlying data plane"
    ),
    Extension(
        "default-subnetpools",
        "Default Subnetpools",
        "2016-02-18T18:00:00-00:00",
        "Provides ability to mark and use a subnetpool as the default.",
    ),
    Extension(
        "dns-domain-ports", "dns_domain for ports", "2017-04-24T10:00:00-00:00", "Allows the DNS domain to be specified for a network port."
    ),
    Extension("dns-integration", "DNS Integration", "2015-08-15T18:00:00-00:00", "Provides integration with DNS."),
    Extension(
        "empty-string-filtering",
        "Empty String Filtering Extension",
        "2018-05-01T10:00:00-00:00",
        "Allow filtering by attributes with empty string value",
    ),
    Extension(
        "expose-port-forwarding-in-fip",
        "Expose Floating IP port forwardings",
        "2018-06-28T16:00:00-00:00",
        "Expose port forwarding fields in floating IP response",
    ),
    Extension(
        "ext-gw-mode",
        "Neutron L3 Configurable external gateway mode",
        "2013-03-28T10:00:00-00:00",
        "Extension of the router abstraction for specifying whether SNAT should occur on the external gateway",
    ),
    Extension(
        "external-net", "Neutron external network", "2013-01-14T10:00:00-00:00", "Adds external network attribute to network resource."
    ),
    Extension(
        "extra_dhcp_opt",
        "Neutron Extra DHCP options",
        "2013-03-17T12:00:00-00:00",
        "Extra options configuration for DHCP. "
        "For example PXE boot options to DHCP clients can be specified (e.g. tftp-server, server-ip-address, bootfile-name)",
    ),
    Extension("extraroute", "Neutron Extra Route", "2013-02-01T10:00:00-00:00", "Extra routes configuration for L3 router"),
    Extension(
        "extraroute-atomic",
        "Atomically add/remove extra routes",
        "2019-07-10T00:00:00+00:00",
        "Edit extra routes of a router on server side by atomically adding/removing extra routes",
    ),
    Extension(
        "filter-validation", "Filter parameters validation", "2018-07-04T10:00:00-00:00", "Provides validation on filter parameters."
    ),
    Extension(
        "fip-port-details",
        "Floating IP Port Details Extension",
        "2018-04-09T10:00:00-00:00",
        "Add port_details attribute to Floating IP resource",
    ),
    Extension(
        "floating-ip-port-forwarding",
        "Floating IP Port Forwarding",
        "2018-01-19T10:00:00-00:00",
        "Allow port forwarding from floating IP port to an internal port",
    ),
    Extension(
        "ip-substring-filtering",
        "IP address substring filtering",
        "2017-11-28T09:00:00-00:00",
        "Provides IP address substring filtering when listing ports",
    ),
    Extension("ip_allocation", "IP Allocation", "2016-06-10T23:00:00-00:00", "IP allocation extension."),
    Extension("l2_adjacency", "L2 Adjacency", "2016-04-12T16:00:00-00:00", "Display L2 Adjacency for Neutron Networks."),
    Extension(
        "multi-provider",
        "Multi Provider Network",
        "2013-06-27T10:00:00-00:00",
        "Expose mapping of virtual networks to multiple physical networks",
    ),
    Extension("net-mtu", "Network MTU", "2015-03-25T10:00:00-00:00", "Provides MTU attribute for a network resource."),
    Extension(
        "net-mtu-writable",
        "Network MTU (writable)",
        "2017-07-12T00:00:00-00:00",
        "Provides a writable MTU attribute for a network resource.",
    ),
    Extension(
        "network-ip-availability",
        "Network IP Availability",
        "2015-09-24T00:00:00-00:00",
        "Provides IP availability data for each network and subnet.",
    ),
    Extension(
        "network_availability_zone", "Network Availability Zone", "2015-01-01T10:00:00-00:00", "Availability zone support for network."
    ),
    Extension("pagination", "Pagination support", "2016-06-12T00:00:00-00:00", "Extension that indicates that pagination is enabled."),
    Extension("port-security", "Port Security", "2012-07-23T10:00:00-00:00", "Provides port security"),
    Extension(
        "project-id", "project_id field enabled", "2016-09-09T09:09:09-09:09", "Extension that indicates that project_id field is enabled."
    ),
    Extension("provider", "Provider Network", "2012-09-07T10:00:00-00:00", "Expose mapping of virtual networks to physical networks"),
    Extension("qos", "Quality of Service", "2015-06-08T10:00:00-00:00", "The Quality of Service extension."),
    Extension(
        "qos-bw-limit-direction",
        "Direction for QoS bandwidth limit rule",
        "2017-04-10T10:00:00-00:00",
        "Allow to configure QoS bandwidth limit rule with specific direction: ingress or egress",
    ),
    Extension("qos-default", "QoS default policy", "2017-041-06T10:00:00-00:00", "Expose the QoS default policy per project"),
    Extension("qos-fip", "Floating IP QoS", "2017-07-20T00:00:00-00:00", "The floating IP Quality of Service extension"),
    Extension(
        "qos-port-network-policy",
        "QoS port network policy ID",
        "2019-11-01T10:00:00-00:00",
        "Adds a the QoS network ID to the port definition",
    ),
    Extension(
        "qos-rule-type-details",
        "Details of QoS rule types",
        "2017-06-22T10:00:00-00:00",
        "Expose details about QoS rule types supported by loaded backend drivers",
    ),
    Extension(
        "quota-check-limit",
        "Quota engine limit check",
        "2021-09-08T16:00:00-00:00",
        "Support for checking the resource usage before applying a new quota limit",
    ),
    Extension(
        "quota_details",
        "Quota details management support",
        "2017-02-10T10:00:00-00:00",
        "Expose functions for quotas usage statistics per project",
    ),
    Extension("quotas", "Quota management support", "2012-07-29T10:00:00-00:00", "Expose functions for quotas management per project"),
    Extension(
        "rbac-address-group", "Add address_group type to RBAC", "2021-01-20T00:00:00-00:00", "Add address_group type to network RBAC"
    ),
    Extension("rbac-address-scope", "Add address_scope type to RBAC", "2020-02-12T00:00:00-00:00", "Add address_scope type to RBAC"),
    Extension(
        "rbac-policies",
        "RBAC Policies",
        "2015-06-17T12:15:12-00:00",
        "Allows creation and modification of policies that control project access to resources.",
    ),
    Extension(
        "rbac-security-groups",
        "Add security_group type to network RBAC",
        "2019-02-14T00:00:00-00:00",
        "Add security_group type to network RBAC",
    ),
    Extension("rbac-subnetpool", "Add subnetpool type to RBAC", "2020-02-05T00:00:00-00:00", "Add subnetpool type to RBAC"),
    Extension(
        "revision-if-match",
        "If-Match constraints based on revision_number",
        "2016-12-11T00:00:00-00:00",
        "Extension indicating that If-Match based on revision_number is supported.",
    ),
    Extension(
        "router",
        "Neutron L3 Router",
        "2012-07-20T10:00:00-00:00",
        "Router abstraction for basic L3 forwarding between L2 Neutron networks and access to external networks via a NAT gateway.",
    ),
    Extension(
        "router-enable-snat",
        'Exposes the router "enable_snat" read-only configuration flag',
        "2025-09-18T18:00:00-00:00",
        'Exposes the router "enable_snat" read-only configuration flag',
    ),
    Extension("router_availability_zone", "Router Availability Zone", "2015-01-01T10:00:00-00:00", "Availability zone support for router."),
    Extension("security-group", "security-group", "2012-10-05T10:00:00-00:00", "The security groups extension."),
    Extension(
        "security-groups-normalized-cidr",
        "Normalized CIDR field for security group rules",
        "2020-07-28T10:00:00-00:00",
        "Add new field with normalized remote_ip_prefix cidr in SG rule",
    ),
    Extension(
        "security-groups-remote-address-group",
        "Remote address group id field for security group rules",
        "2020-08-25T10:00:00-00:00",
        "Add new field of remote address group id in SG rules",
    ),
    Extension(
        "security-groups-rules-belongs-to-default-sg",
        "Security group rule belongs to the project's default security group",
        "2023-05-23T10:00:00-00:00",
        "Flag to determine if the security group rule belongs to the project's default security group",
    ),
    Extension(
        "security-groups-shared-filtering",
        "Security group filtering on the shared field",
        "2021-10-05T09:00:00-00:00",
        "Support filtering security groups on the shared field",
    ),
    Extension("segment", "Segment", "2016-02-24T17:00:00-00:00", "Segments extension."),
    Extension(
        "service-type",
        "Neutron Service Type Management",
        "2013-01-20T00:00:00-00:00",
        "API for retrieving service providers for Neutron advanced services",
    ),
    Extension("sort-key-validation", "Sort keys validation", "2018-07-04T10:00:00-00:00", "Provides validation on sort keys."),
    Extension("sorting", "Sorting support", "2016-06-12T00:00:00-00:00", "Extension that indicates that sorting is enabled."),
    Extension(
        "standard-attr-description",
        "standard-attr-description",
        "2016-02-10T10:00:00-00:00",
        "Extension to add descriptions to standard attributes",
    ),
    Extension(
        "standard-attr-revisions",
        "Resource revision numbers",
        "2016-04-11T10:00:00-00:00",
        "This extension will display the revision number of neutron resources.",
    ),
    Extension(
        "standard-attr-tag",
        "Tag support for resources with standard attributes",
        "2017-01-01T00:00:00-00:00",
        "Enables to set tag on resources with standard attribute.",
    ),
    Extension(
        "standard-attr-timestamp",
        "Resource timestamps",
        "2016-09-12T10:00:00-00:00",
        "Adds created_at and updated_at fields to all Neutron resources that have Neutron standard attributes.",
    ),
    Extension(
        "stateful-security-group",
        "Stateful security group",
        "2019-11-26T09:00:00-00:00",
        "Indicates if the security group is stateful or not",
    ),
    Extension(
        "subnet-dns-publish-fixed-ip",
        "Subnet DNS publish fixed IP",
        "2019-05-24T10:00:00-00:00",
        "Support choosing to publish DNS records for IPs from a subnet",
    ),
    Extension(
        "subnet-external-network",
        "Subnet belongs to an external network",
        "2024-02-05T18:00:00-00:00",
        "Informs if the subnet belongs to an external network",
    ),
    Extension(
        "subnet-segmentid-writable",
        "Subnet SegmentID (writable)",
        "2018-03-12T00:00:00-00:00",
        "Provides a writable segment_id attribute for a subnet resource.",
    ),
    Extension(
        "subnet-service-types",
        "Subnet service types",
        "2016-03-15T18:00:00-00:00",
        "Provides ability to set the subnet service_types field",
    ),
    Extension("subnet_allocation", "Subnet Allocation", "2015-03-30T10:00:00-00:00", "Enables allocation of subnets from a subnet pool"),
    Extension(
        "subnetpool-prefix-ops",
        "Subnet Pool Prefix Operations",
        "2019-02-08T10:00:00-00:00",
        "Provides support for adjusting the prefix list of subnet pools",
    ),
    Extension("tag-creation", "Tag creation extension", "2024-23-07T10:00:00-00:00", "Allow to create multiple tags for a resource"),
    Extension("trunk", "Trunk Extension", "2016-01-01T10:00:00-00:00", "Provides support for trunk ports"),
    Extension("trunk-details", "Trunk port details", "2016-01-01T10:00:00-00:00", "Expose trunk port details"),
    Extension(
        "uplink-status-propagation",
        "Uplink status propagation extension",
        "2018-05-31T18:00:00-00:00",
        "Provides ability to propagate port uplink status.",
    ),
    Extension(
        "uplink-status-propagation-updatable",
        "Uplink status propagation updatable extension",
        "2024-09-03T18:00:00-00:00",
        "Provides ability to update the port uplink status.",
    ),
)
EXTENSIONS: Final = {extension.alias: extension for extension in _ROWS}
"""Every extension by its alias."""
