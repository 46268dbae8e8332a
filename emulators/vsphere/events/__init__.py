"""vCenter's event history: the world's record, told as vim.event objects.

``telling`` is the table from the world's event types to vim events, filled by ``vms``, ``inventory``, ``tasks`` and ``posted``;
``wording`` has vCenter's words; ``log`` keeps the newest events and follows the world, ``recall`` reads those from before a restart;
``filters`` and ``collectors`` are what EventManager and TaskManager offer on top.
"""
