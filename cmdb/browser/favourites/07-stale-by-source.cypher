// 7. Stale by source: how many CIs each source tells of, and how many have not changed for 30 days
MATCH (n:CI)
UNWIND n._claims AS claim
WITH split(claim, '\n')[0] AS source, n
WITH source, collect(DISTINCT n) AS cis
WITH source, cis, [n IN cis WHERE n.changed < datetime() - duration('P30D')] AS stale
RETURN source, size(cis) AS cis, size(stale) AS stale, reduce(oldest = datetime(), n IN cis | CASE WHEN n.changed < oldest THEN n.changed ELSE oldest END) AS oldest,
       [n IN stale | n.name][..20] AS examples
ORDER BY stale DESC, source
