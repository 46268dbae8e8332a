// 3. Single points of failure: what alone takes an application down, and which business services with it
MATCH (app:Application)-[need:NEEDS]->(vm:VirtualMachine)
WITH app, need.tier AS tier, max(coalesce(need.needed, 1)) AS wanted, collect(vm) AS vms
WITH app, tier, vms, CASE WHEN wanted < size(vms) THEN wanted ELSE size(vms) END AS needed,
     [vm IN vms WHERE coalesce(vm.power, 'on') = 'on'] AS running
UNWIND running AS vm
CALL (vm) {
  MATCH (vm)-[:STORED_ON|USES|BACKED_BY|PART_OF*0..5]->(single:CI) RETURN single
  UNION
  MATCH (vm)-[:RUNS_ON]->(host) WHERE NOT EXISTS { (vm)-[:MEMBER_OF]->(:Cluster {ha_enabled: true}) }
  MATCH (host)-[:RUNS_ON|MOUNTED_IN|IDENTIFIED_BY*0..2]->(single:CI) RETURN single
}
WITH app, needed, size(running) AS alive, single, count(DISTINCT vm) AS hit
WHERE alive >= needed AND alive - hit < needed
WITH DISTINCT single, app
OPTIONAL MATCH (service:BusinessService)-[:DEPENDS_ON*1..6]->(app)
WITH single, collect(DISTINCT app.name) AS applications, collect(DISTINCT service.name) AS services
RETURN single.name AS name, single.cls AS class, single.uid AS uid, applications, services
ORDER BY size(services) DESC, size(applications) DESC, name
