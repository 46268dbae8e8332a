// 10. What changed in the last hour: the newest first, with who did it
MATCH (h:CmdbHistory) WHERE h.at >= datetime() - duration('PT1H')
OPTIONAL MATCH (n:CI {uid: h.uid})
RETURN h.number AS number, h.at AS at, h.op AS change, n.cls AS class, coalesce(n.name, h.uid) AS name, h.uid AS uid, h.who AS who
ORDER BY number DESC LIMIT 500
