// 6. Path between two CIs: how $ci and $other hang together (:param ci => 'name or uid', then :param other => 'name or uid')
MATCH (one:CI) WHERE one.uid = $ci OR one.name = $ci
MATCH (two:CI) WHERE (two.uid = $other OR two.name = $other) AND two <> one
MATCH path = shortestPath((one)-[*..12]-(two))
WHERE none(between IN nodes(path) WHERE between:Facility AND between <> one AND between <> two)
RETURN path
