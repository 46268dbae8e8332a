"""OpenStack on the world: Keystone, Nova, Neutron, Glance, Cinder, Placement and Swift behind one address."""
