"""IT service management: incidents, problems and changes that know the datacenter (specs/SPEC-060-itsm.md)."""
