"""What vSphere's managed objects show of the world: the property functions, one module for each type or large property."""
