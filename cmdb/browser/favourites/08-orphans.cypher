// 8. Orphans: CIs that nothing needs and that need nothing, so that no failure can be seen to concern them
MATCH (n:CI) WHERE NOT (n)--(:CI)
WITH n ORDER BY n.name
RETURN n.cls AS class, count(*) AS count, collect(n.uid) AS uids, collect(n.name)[..20] AS examples
ORDER BY count DESC, class
