"""The hook reference: every hook with its exact signature, and the classes that plugin authors subclass or meet."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

from crosswalk.plugin.hooks import API_VERSION, Hooks

sys.path.insert(0, str(Path(__file__).parent))
from api_text import doc, section, signature_text

HEAD = f"""# Hooks and contracts of plugins

A plugin is a module with functions of these names, each marked with `@hookimpl`, and an entry point of group
`crosswalk` that names the module. It implements only the hooks that it has something for. This is plugin contract
version {API_VERSION}: a module that says `crosswalk_api = {API_VERSION}` is refused by a crosswalk of another contract.

See also the tutorial [your first plugin](../tutorial/first-plugin.md), and
[stability and versions](../explanation/stability.md).

Everything on this page is imported from `crosswalk`.

## Hooks

Called once per engine, when the kind is first asked for.
"""
GROUPS = {
    "Every component": ("Component", "Context"),
    "Sources": ("Source", "SupportsParts", "Part", "PartVanished", "PartChanged", "Batch", "BadRecord"),
    "Columns": (
        "Columns",
        "Records",
        "RowRecords",
        "ArrowReader",
        "text_buffer",
        "exact_decimals",
        "exact_scalar",
        "rounded_quotients",
        "NameTree",
    ),
    "Sinks": (
        "Sink",
        "Writer",
        "SupportsCommit",
        "SupportsHold",
        "SupportsPrepare",
        "SupportsEncoded",
        "SupportsReadBack",
        "FansOut",
    ),
    "What sinks remember": ("Jobs", "Job", "Idempotency"),
    "Formats": ("Format", "Encoder", "Encoding", "ReadOptions", "WriteOptions"),
    "Compression": ("open_decompressed", "open_compressed"),
    "Resolvers": ("resolver", "Example", "Resolver", "Ref", "Number", "RunInfo"),
    "Values": ("MISSING", "Missing", "text_of", "decimal_text", "type_name", "sample_of"),
    "Settings": ("Size", "Duration"),
    "Path languages": (
        "PathLanguage",
        "CompiledPath",
        "PathForm",
        "Projection",
        "Comparison",
        "Extreme",
        "Needs",
        "PathWarning",
    ),
    "State backends": ("StateBackend", "Store", "Entry", "Put"),
    "Executors": ("Executor", "SupportsRemote", "SupportsForks", "Remote"),
    "Secret providers": ("SecretProvider", "Secret"),
    "Errors to raise": (
        "ArgumentError",
        "DataError",
        "ConnectorError",
        "StateError",
        "EnvironmentFailure",
        "PathError",
    ),
}


def pages() -> Iterator[tuple[str, str]]:
    """The page."""
    parts = [HEAD, *(hook_section(name) for name in hooks())]
    for title, names in GROUPS.items():
        parts += [f"## {title}", *(section(name) for name in names)]
    yield "reference/hooks.md", "\n\n".join(part.strip() for part in parts)


def hooks() -> list[str]:
    """The names of the hooks, as the specs have them."""
    return [name for name in vars(Hooks) if name.startswith("crosswalk_")]


def hook_section(name: str) -> str:
    """One hook: its signature as a plugin writes it, and what it is for."""
    function = getattr(Hooks, name)
    signature = inspect.signature(function)
    plain = signature.replace(parameters=[p for p in signature.parameters.values() if p.name != "self"])
    code = f"@hookimpl\ndef {name}{signature_text(plain)}: ..."
    return f"### {name} {{ #{name} }}\n\n```text\n{code}\n```\n\n{doc(function)}"
