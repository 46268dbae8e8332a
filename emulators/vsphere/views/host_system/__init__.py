"""Properties of HostSystem and of the managers that its configManager names; one module for each large part."""
