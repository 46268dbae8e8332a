"""vSphere: the vCenter Server APIs over the world.  See specs/SPEC-020-vsphere.md."""
