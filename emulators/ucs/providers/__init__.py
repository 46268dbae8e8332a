"""Objects that are neither the world's nor configured: sessions, and the audit log."""
