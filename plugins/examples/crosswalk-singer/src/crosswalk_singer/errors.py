"""What can go wrong with a tap or a target, each with a code from C901 on, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from crosswalk import ConnectorError


def not_started(program: str, role: str, why: str) -> ConnectorError:
    """C901: the program cannot be started; the run ends with status 3."""
    fix = f"install the {role} into a virtual environment of its own, and give the path to its command"
    error = ConnectorError("C901", f"the {role} {program!r} cannot be started: {why}", fix=fix)
    error.exit_code = 3
    return error


def ended(program: str, role: str, status: int, stderr: Sequence[str], doing: str = "") -> ConnectorError:
    """C902: the program failed; its last words on stderr are the notes."""
    how = f"with exit status {status}" if status >= 0 else f"by signal {-status}"
    notes = [f"{role}: {line}" for line in stderr] or [f"the {role} wrote nothing to stderr"]
    return ConnectorError("C902", f"the {role} {program!r} ended {how}{doing}", notes=notes)


def overdue(program: str, role: str, seconds: float, stderr: Sequence[str], what: str, fix: str) -> ConnectorError:
    """C903: the program does not do in time what it has to do."""
    notes = [f"{role}: {line}" for line in stderr]
    return ConnectorError("C903", f"the {role} {program!r} did not {what} within {seconds:g} s", notes=notes, fix=fix)


def protocol(program: str, what: str, fix: str = "") -> ConnectorError:
    """C904: what the tap wrote is no Singer stream."""
    return ConnectorError("C904", f"the tap {program!r} {what}", fix=fix)


def stream_unknown(program: str, name: str, known: Iterable[str]) -> ConnectorError:
    """C905: the tap has no such stream."""
    found = sorted(known)
    near = get_close_matches(name, found, 1, 0.6)
    fix = f"did you mean {near[0]!r}?" if near else ""
    notes = [f"it has: {', '.join(found[:50])}{', ...' if len(found) > 50 else ''}" if found else "it has none"]
    return ConnectorError("C905", f"the tap {program!r} has no stream {name!r}", notes=notes, fix=fix)


def streams_mixed(program: str, names: Iterable[str]) -> ConnectorError:
    """C905: records of several streams would come as if they were of one."""
    listed = list(names)
    shown = f"{', '.join(listed[:20])}{', ...' if len(listed) > 20 else ''}"
    fix = 'choose one: "streams": ["..."]; or let each record say where it is from: "stream_as": "_stream"'
    return ConnectorError("C905", f"the tap {program!r} gives several streams: {shown}", fix=fix)


def cannot_go_on(program: str) -> ConnectorError:
    """C906: records come after the target had to be ended, and may not be started again."""
    fix = '"commit": "restart" starts it again each time; right for a target that adds to what is there'
    message = f"the target {program!r} had to be ended so that its records are durable, and more records came"
    return ConnectorError("C906", message, fix=fix)


def not_acknowledged(program: str, said: str) -> ConnectorError:
    """C907: the target ended well, but said that it had kept less than it was given."""
    fix = "see what the target did with the rest; nothing of it is committed, and the next run sends it again"
    message = f"the target {program!r} ended well, but the last state that it acknowledged is an older one: {said}"
    return ConnectorError("C907", message, fix=fix)


def schema_wrong(program: str, what: str, fix: str) -> ConnectorError:
    """C908: there is no schema to send to the target, or it does not have the key."""
    return ConnectorError("C908", f"the target {program!r}: {what}", fix=fix)
