"""What makes the Neo4j Browser a tool for impact analysis: a guide, a style, and favourites."""
