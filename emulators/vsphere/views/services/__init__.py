"""Properties of the managers that ServiceContent names."""
