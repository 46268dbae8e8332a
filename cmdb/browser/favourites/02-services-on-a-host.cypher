// 2. Services on a host: what runs on the hypervisor (or server) $ci, up to the business (:param ci => 'name or uid')
MATCH (host:CI) WHERE (host.uid = $ci OR host.name = $ci) AND (host:Hypervisor OR host:Server)
MATCH path = (host)<-[:RUNS_ON*1..2]-(vm:VirtualMachine)
OPTIONAL MATCH upward = (vm)<-[:NEEDS]-(:Application)<-[:DEPENDS_ON*0..5]-(:Service)
RETURN path, upward
