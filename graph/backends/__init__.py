"""The services behind the gateway, and how they are asked."""
