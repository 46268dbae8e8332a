"""Live events: the bus read once for everybody, and told over WebSockets as plain JSON or as GraphQL subscriptions.

`hub` reads, `follower` is one reader's place, `changes` makes events into changed objects, `documents` carries out subscriptions,
`sockets` lets clients in, `plain` and `transport_ws` are the two protocols.
"""
