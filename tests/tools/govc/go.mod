// The vSphere command line client that tests drive dc-sim with, pinned. Its own module, so that its old
// govmomi does not meet the current one that the vcsim peer (../vcsim) needs.
module dcsim.test/tools/govc

go 1.18

require github.com/vmware/govmomi v0.26.1

require (
	github.com/a8m/tree v0.0.0-20210115125333-10a5fd5b637d // indirect
	github.com/google/uuid v1.2.0 // indirect
	github.com/kr/pretty v0.1.0 // indirect
	github.com/kr/text v0.1.0 // indirect
)
