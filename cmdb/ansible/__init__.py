"""The graph as an Ansible inventory: what `ansible-inventory` asks for, and the plugin that asks for it (`plugins/inventory`)."""

from cmdb.ansible.inventory import Asked, inventory

__all__ = ["Asked", "inventory"]
