"""Where the graph is kept: one port, `cmdb.stores.port.GraphStore`, and what implements it."""
