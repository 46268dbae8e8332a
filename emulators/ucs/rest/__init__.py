"""UCS as JSON, for browsers and scripts that speak no XML: read everything, switch servers.  Served by the engine's REST listener."""
