"""What UCS Manager's objects may be: classes, properties, naming and containment."""
