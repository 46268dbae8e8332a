"""What a UCS Manager has before anybody configures it, and what the world's own service profiles are in it."""
