// 5. Redundancy already spent: groups of stand-ins with a member down, the nearest to the edge first
MATCH (whole:CI)-[r:POWERED_BY|CONNECTED_BY|LINKED_BY|UPLINKS_BY|NEEDS]->(part:CI)
WHERE whole:Hardware OR whole:Application
WITH whole, type(r) AS by, coalesce(r.tier, '') AS tier, max(coalesce(r.needed, 1)) AS wanted, collect(DISTINCT part) AS parts
WITH whole, by, tier, parts, CASE WHEN wanted < size(parts) THEN wanted ELSE size(parts) END AS needed,
     [part IN parts WHERE part.operable = false OR part.operational_state = 'failed' OR (part:VirtualMachine AND part.power <> 'on')
       OR EXISTS { (part)-[:FED_BY]->(feed) WHERE feed.energised = false }] AS lost
WHERE size(lost) > 0
RETURN whole.name AS name, whole.cls AS class, whole.uid AS uid, by, tier, [part IN lost | part.name] AS lost,
       size(parts) - size(lost) AS left, needed
ORDER BY left - needed, class, name
