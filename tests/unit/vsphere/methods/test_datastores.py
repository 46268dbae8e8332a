"""Looking through datastores, through pyVmomi."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim

Browser = vim.host.DatastoreBrowser


async def test_a_vms_folder_is_listed(vcenter: Any) -> None:
    vm = await vcenter.vm(on=True)
    store = await vcenter.call(lambda: vm.datastore[0])
    name, home = await vcenter.call(lambda: (store.name, vm.config.files.vmPathName.rpartition("/")[0]))
    folder = home.partition("] ")[2]
    browser = await vcenter.call(lambda: store.browser)
    top = await vcenter.task(browser.SearchDatastore_Task, f"[{name}]")
    assert folder in [one.path for one in top.file]
    details = Browser.FileInfo.Details(fileType=True, fileSize=True, modification=True, fileOwner=False)
    found = await vcenter.task(browser.SearchDatastore_Task, home, Browser.SearchSpec(details=details))
    kinds = {type(one) for one in found.file}
    assert {Browser.VmConfigInfo, Browser.VmDiskInfo, Browser.VmNvramInfo, Browser.VmLogInfo} <= kinds
    assert (found.folderPath, found.datastore) == (f"[{name}] {folder}/", store)
    disk = next(one for one in found.file if isinstance(one, Browser.VmDiskInfo))
    assert disk.fileSize is not None
    assert disk.modification is not None
    assert not [one.path for one in found.file if one.path.endswith("-flat.vmdk")]


async def test_a_search_takes_types_and_patterns_all_the_way_down(vcenter: Any) -> None:
    store = (await vcenter.all(vim.Datastore))[0]
    name = await vcenter.call(lambda: store.name)
    browser = await vcenter.call(lambda: store.browser)
    spec = Browser.SearchSpec(query=[Browser.VmConfigQuery()], matchPattern=["*.vmx"])
    results = await vcenter.task(browser.SearchDatastoreSubFolders_Task, f"[{name}]", spec)
    paths = [f"{result.folderPath}{one.path}" for result in results for one in result.file]
    wanted = await vcenter.call(lambda: [vm.config.files.vmPathName for vm in store.vm])
    assert sorted(paths) == sorted(path for path in wanted if path.startswith(f"[{name}]"))
    results = await vcenter.task(browser.SearchDatastoreSubFolders_Task, f"[{name}]", Browser.SearchSpec(matchPattern=["*.nothing"]))
    assert not [one for result in results for one in result.file]


async def test_a_detached_disk_is_still_a_file(vcenter: Any) -> None:
    vm = await vcenter.vm(on=False)
    home = await vcenter.call(lambda: vm.config.files.vmPathName.rpartition("/")[0])
    browser = await vcenter.call(lambda: vm.datastore[0].browser)
    await vcenter.call(vm.UnregisterVM)
    found = await vcenter.task(browser.SearchDatastore_Task, home, Browser.SearchSpec(query=[Browser.VmDiskQuery()]))
    assert [one.path for one in found.file if one.path.endswith(".vmdk")]


async def test_searches_that_lead_nowhere(vcenter: Any) -> None:
    one, other = (await vcenter.all(vim.Datastore))[:2]
    browser = await vcenter.call(lambda: one.browser)
    name, foreign = await vcenter.call(lambda: (one.name, other.name))
    with pytest.raises(vim.fault.InvalidDatastore):
        await vcenter.task(browser.SearchDatastore_Task, "[nowhere]")
    with pytest.raises(vim.fault.InvalidDatastore):
        await vcenter.task(browser.SearchDatastore_Task, f"[{foreign}]")
    with pytest.raises(vim.fault.InvalidDatastorePath):
        await vcenter.task(browser.SearchDatastore_Task, "no brackets")
    with pytest.raises(vim.fault.FileNotFound):
        await vcenter.task(browser.SearchDatastore_Task, f"[{name}] not/there")
    host = await vcenter.call(lambda: one.host[0].key)
    by_host = await vcenter.call(lambda: host.datastoreBrowser)
    assert (await vcenter.task(by_host.SearchDatastore_Task, f"[{foreign}]")).datastore == other
