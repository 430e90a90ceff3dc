"""Contract kits for plugin authors."""
