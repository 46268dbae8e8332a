"""The methods of vSphere's managed objects, one module or package for each type; they register when they are imported."""
