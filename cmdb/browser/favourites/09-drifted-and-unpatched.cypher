// 9. Drifted and unpatched behind a critical service: VMs with the tag `drifted`, or with a package that an advisory warns of
MATCH (service:BusinessService)-[:DEPENDS_ON*1..6]->(app:Application)-[:NEEDS]->(vm:VirtualMachine)
WHERE service.criticality <= 2
OPTIONAL MATCH (vm)-[:HAS_INSTALLED]->(package:Package)<-[:AFFECTS]-(advisory:Advisory)
WITH vm, collect(DISTINCT service.name) AS services, min(service.criticality) AS criticality,
     collect(DISTINCT advisory.name) AS advisories, collect(DISTINCT package.name) AS packages
WHERE size(advisories) > 0 OR 'drifted' IN vm.tags
RETURN vm.name AS vm, vm.uid AS uid, 'drifted' IN vm.tags AS drifted, advisories, packages, services, criticality
ORDER BY criticality, size(advisories) DESC, vm
