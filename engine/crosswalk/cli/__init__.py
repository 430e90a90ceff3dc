"""The command line."""


def main() -> None:
    """Placeholder entry, replaced by the commands."""
