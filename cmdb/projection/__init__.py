"""From what the engine's journal says to the graph: declarations for each kind of entity, and the worker that applies them."""
