"""What plugin authors subclass or decorate; one module per kind of plugin."""
