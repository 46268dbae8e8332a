// 4. VMs whose datastores share an array: what falls together however many datastores there are
MATCH (array:StorageArray)<-[:PART_OF]-(:Lun)<-[:BACKED_BY]-(store:Datastore)<-[:STORED_ON]-(on)
MATCH (vm:VirtualMachine) WHERE vm = on OR EXISTS { (vm)-[:USES]->(on) }
WITH array, collect(DISTINCT store.name) AS datastores, collect(DISTINCT vm.name) AS vms
RETURN array.name AS array, array.uid AS uid, size(vms) AS count, datastores, vms
ORDER BY count DESC, array
