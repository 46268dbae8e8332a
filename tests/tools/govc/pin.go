//go:build tools

// Package pin holds the pinned client in go.mod; scripts/build-tools builds it by its import path.
package pin

import _ "github.com/vmware/govmomi/govc"
