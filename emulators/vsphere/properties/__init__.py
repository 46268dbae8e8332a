"""Properties of managed objects: functions that compute them, fragments that remember them, and the PropertyCollector over both.

    @prop(vim.VirtualMachine, "config")
    def config(view: View, vm: Vm) -> vim.vm.ConfigInfo: ...

``table`` keeps the functions, ``view`` is what they get, ``fragments`` keeps encoded values with what they depend on, ``reader`` joins the
two; ``specs``, ``selection``, ``retrieval``, ``filters`` and ``updates`` are the PropertyCollector.
"""
