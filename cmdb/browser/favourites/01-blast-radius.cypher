// 1. Blast radius: what goes down, or restarts elsewhere, when the CI $ci fails (:param ci => 'name or uid')
// Redundancy counts: of supplies, fabrics and uplinks all must be gone, of a tier too many; HA restarts VMs where hosts with room are left.
MATCH (failed:CI) WHERE failed.uid = $ci OR failed.name = $ci
WITH collect(failed) AS failed
WITH failed, failed AS down
CALL (down) { UNWIND down AS d MATCH (n)-[:FED_BY|UPLINKS_TO]->(d) WHERE n:PowerSupply OR n:FabricPort RETURN collect(DISTINCT n) AS more }
WITH failed, down + more AS down
CALL (down) {
  UNWIND down AS d MATCH (n:FabricInterconnect)-[:UPLINKS_BY]->(d)
  WITH DISTINCT down, n
  WHERE NOT EXISTS { (n)-[:UPLINKS_BY]->(o) WHERE NOT o IN down AND coalesce(o.operable, true) }
  RETURN collect(n) AS more
}
WITH failed, down + more AS down
CALL (down) { UNWIND down AS d MATCH (n:FabricPort)-[:PORT_OF]->(d) RETURN collect(DISTINCT n) AS more }
WITH failed, down + more AS down
CALL (down) {
  UNWIND down AS d MATCH (n:IoModule)-[:UPLINKS_TO|LINKED_BY]->(d)
  WITH DISTINCT down, n
  WHERE EXISTS { (n)-[:UPLINKS_TO]->(o) WHERE o IN down }
     OR NOT EXISTS { (n)-[:LINKED_BY]->(o) WHERE NOT o IN down AND coalesce(o.operable, true) }
  RETURN collect(n) AS more
}
WITH failed, down + more AS down
CALL (down) {
  UNWIND down AS d MATCH (n)-[lost:POWERED_BY|CONNECTED_BY|LINKED_BY]->(d) WHERE n:Chassis OR n:RackServer
  WITH DISTINCT down, n, type(lost) AS by
  WHERE NOT EXISTS { (n)-[left:POWERED_BY|CONNECTED_BY|LINKED_BY]->(o) WHERE type(left) = by AND NOT o IN down AND coalesce(o.operable, true) }
  RETURN collect(DISTINCT n) AS more
}
WITH failed, down + more AS down
CALL (down) { UNWIND down AS d MATCH (n:Server)-[:MOUNTED_IN|IDENTIFIED_BY]->(d) RETURN collect(DISTINCT n) AS more }
WITH failed, down + more AS down
CALL (down) { UNWIND down AS d MATCH (n:Hypervisor)-[:RUNS_ON|MEMBER_OF]->(d) RETURN collect(DISTINCT n) AS more }
WITH failed, down + more AS down
CALL (down) {
  UNWIND down AS d MATCH (n)-[:PART_OF|BACKED_BY|STORED_ON|CARRIED_ON|ATTACHED_TO|POINTS_TO*1..5]->(d)
  WHERE (n:Storage OR n:NetworkItem) AND (d:Storage OR d:NetworkItem)
  RETURN collect(DISTINCT n) AS more
}
WITH failed, down + more AS down
CALL (down) {
  UNWIND down AS d MATCH (n:VirtualMachine)-[:STORED_ON|USES]->(d) WHERE n.power = 'on' RETURN collect(DISTINCT n) AS more
}
WITH failed, down + more AS down
CALL (down) {
  UNWIND down AS d MATCH (n:VirtualMachine)-[:RUNS_ON]->(d) WHERE n.power = 'on' AND NOT n IN down
  OPTIONAL MATCH (n)-[:MEMBER_OF]->(home:Cluster)
  WITH down, home, collect(DISTINCT n) AS stranded
  OPTIONAL MATCH (host:Hypervisor)-[:MEMBER_OF]->(home)
  WHERE NOT host IN down AND coalesce(host.running, true) AND NOT coalesce(host.maintenance, false)
    AND coalesce(host.connection, 'connected') = 'connected'
  WITH home, stranded, count(host) AS hosts, sum(host.memory_bytes - coalesce(host.memory_reserved_bytes, 0)) AS room
  WITH stranded, coalesce(home.ha_enabled, false) AND hosts > 0
    AND room >= reduce(need = 0, vm IN stranded | need + coalesce(vm.memory_reserved_bytes, 0)) AS restarts
  UNWIND stranded AS vm
  WITH vm, restarts AND coalesce(vm.restart_priority, '') <> 'disabled' AS lives
  RETURN [one IN collect({vm: vm, lives: lives}) WHERE one.lives | one.vm] AS restarted,
         [one IN collect({vm: vm, lives: lives}) WHERE NOT one.lives | one.vm] AS more
}
WITH failed, down + more AS down, restarted
CALL (down) {
  UNWIND down AS d MATCH (n:Application)-[:NEEDS]->(d)
  WITH DISTINCT down, n
  MATCH (n)-[need:NEEDS]->(vm)
  WITH down, n, need.tier AS tier, max(coalesce(need.needed, 1)) AS needed, collect(vm) AS vms
  WITH down, n, CASE WHEN needed < size(vms) THEN needed ELSE size(vms) END AS needed, [vm IN vms WHERE coalesce(vm.power, 'on') = 'on'] AS on
  WHERE size(on) >= needed AND size([vm IN on WHERE NOT vm IN down]) < needed
  RETURN collect(DISTINCT n) AS more
}
WITH failed, down + more AS down, restarted
CALL (down) { UNWIND down AS d MATCH (n:Service)-[:DEPENDS_ON*1..6]->(d) RETURN collect(DISTINCT n) AS more }
WITH failed, down + more AS down, restarted
UNWIND down + restarted AS hit
WITH DISTINCT down, hit, hit IN restarted AS restarts, hit IN failed AS first
WHERE first OR coalesce(hit.operational_state, '') <> 'failed' AND coalesce(hit.operable, hit.running, hit.accessible, true)
  AND (NOT hit:Server OR coalesce(hit.power, 'on') <> 'off')
OPTIONAL MATCH (hit)-[because]->(cause)
WHERE cause IN down
  AND NOT type(because) IN ['LOCATED_IN', 'OWNED_BY', 'MOUNTS', 'MADE_FROM', 'SPANS', 'TRUNKS', 'ROUTES', 'CONCERNS', 'RUNS_FIRMWARE']
RETURN hit, because, cause, restarts
