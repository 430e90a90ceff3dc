"""Where files are: local ones by the operating system, any other url through fsspec."""

from __future__ import annotations

import contextlib
import errno
import glob
import io
import os
import re
import shutil
from collections.abc import Iterator
from typing import Any, BinaryIO

from crosswalk import ConnectorError, EnvironmentFailure, Part

_MAGIC = re.compile(r"[*?\[{]")
_PACKAGES = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs",
    "sftp": "paramiko", "ssh": "paramiko", "http": "aiohttp requests", "https": "aiohttp requests",
    "smb": "smbprotocol",
}  # fmt: skip
"""What the schemes that need more than fsspec need."""
_BRACES = re.compile(r"\{([^{}]*)\}")


def is_local(url: str) -> bool:
    """Whether the url is a path of this machine."""
    return "://" not in url


def file_system(url: str) -> Any:
    """The fsspec file system of a url. Raises EnvironmentFailure when its package is missing."""
    import fsspec

    scheme = url.split("://", 1)[0]
    try:
        return fsspec.filesystem(scheme)
    except (ImportError, ValueError) as error:
        needed = _PACKAGES.get(scheme)
        fix = f"pip install {needed}" if needed else "name a local file, or a scheme that fsspec knows"
        raise EnvironmentFailure("C130", f"{scheme}:// cannot be opened: {error}", fix=fix) from error


def braces(pattern: str) -> list[str]:
    """The patterns of `{a,b}` alternatives."""
    match = _BRACES.search(pattern)
    if not match:
        return [pattern]
    head, tail = pattern[: match.start()], pattern[match.end() :]
    return [text for choice in match[1].split(",") for text in braces(head + choice + tail)]


def listing(url: str) -> Iterator[Part]:
    """Every file that the url or glob (`*`, `?`, `[a-z]`, `{a,b}`, `**`) names now, unordered.

    Raises ConnectorError C101 when the url has no wildcard and there is no such file, C106 when it is a folder.
    """
    if not is_local(url):
        yield from _remote_listing(url)
    elif os.path.exists(url) or not _MAGIC.search(url):
        yield _local_part(url, must_exist=True)  # type: ignore[misc]
    else:
        names = {name for pattern in braces(url) for name in glob.iglob(pattern, recursive=True)}
        for name in names:
            part = _local_part(name)
            if part is not None:
                yield part


def _local_part(path: str, must_exist: bool = False) -> Part | None:
    try:
        found = os.stat(path)
    except FileNotFoundError as error:
        if must_exist:
            raise ConnectorError("C101", f"there is no file {path}", fix=_near(path)) from error
        return None
    except OSError as error:
        raise surfaced(error, path) from error
    if os.path.isdir(path):
        if must_exist:
            raise ConnectorError("C106", f"{path} is a folder", fix=f"say which files in it: {path.rstrip('/')}/*")
        return None
    return Part(path, found.st_size, found.st_mtime_ns / 1e9)


def _near(path: str) -> str:
    import difflib

    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        return f"there is no folder {folder} either"
    near = difflib.get_close_matches(os.path.basename(path), os.listdir(folder), 1)
    return f"did you mean {near[0]}?" if near else "check the path; it is relative to the file that says it"


def _remote_listing(url: str) -> Iterator[Part]:
    system = file_system(url)
    scheme = url.split("://", 1)[0]
    # In an address of the web, ? begins a query.
    wild = re.compile(r"\*") if scheme in ("http", "https") else _MAGIC
    try:
        found: dict[str, Any] = {}
        for pattern in braces(url):
            if wild.search(pattern):
                found |= system.glob(pattern, detail=True)
            else:
                info = system.info(pattern)
                found[info["name"]] = info
        for name, info in found.items():
            if info.get("type") == "directory":
                continue
            # Links of a web page tell nothing of the files.
            told = info if info.get("size") is not None else system.info(name)
            etag = str(told.get("ETag") or told.get("etag") or told.get("md5") or "")
            whole = name if name.startswith(f"{scheme}://") else f"{scheme}://{name.lstrip('/')}"
            yield Part(whole, told.get("size"), _modified(told), etag)
    except FileNotFoundError as error:
        raise _not_found(url, error) from error
    except OSError as error:
        raise ConnectorError("C102", f"{url} cannot be listed: {error}", kind="transient") from error


def _modified(info: dict[str, Any]) -> float | None:
    """When the file was changed, in seconds, by whatever name its storage has for it."""
    said: Any = info.get("mtime") or info.get("LastModified") or info.get("created")
    if said is None and info.get("Last-Modified"):
        import email.utils  # costs 0.1 s

        with contextlib.suppress(ValueError):
            said = email.utils.parsedate_to_datetime(info["Last-Modified"])
    seconds: float | None = said.timestamp() if hasattr(said, "timestamp") else said
    return seconds


def _not_found(url: str, error: FileNotFoundError) -> ConnectorError:
    """What "not found" means: fsspec says it of a web server that refuses or does not answer, too."""
    cause = error.__cause__
    status = getattr(cause, "status", None)
    if cause is None or status in (404, 410):
        return ConnectorError("C101", f"there is no file {url}", fix="check the spelling; a browser may show it")
    if status in (401, 403, 407):
        return ConnectorError("C104", f"{url}: {cause}", kind="auth", fix="give the user of the run access to it")
    passing = status is None or status in (408, 429) or status >= 500
    return ConnectorError("C102", f"{url} cannot be read: {cause}", kind="transient" if passing else "permanent")


class _Remote(io.RawIOBase):
    """A file elsewhere: whatever its client raises while it is read is a ConnectorError that may pass."""

    def __init__(self, stream: Any, name: str) -> None:
        self._stream = stream
        self._name = name

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._stream.seekable())

    def tell(self) -> int:
        return int(self._stream.tell())

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._stream.seek(offset, whence))

    def readinto(self, buffer: Any) -> int:
        try:
            found: bytes = self._stream.read(len(buffer))
        except FileNotFoundError:
            raise
        except Exception as error:
            message = f"{self._name}: reading broke off: {error or type(error).__name__}"
            raise ConnectorError("C105", message, kind="transient") from error
        buffer[: len(found)] = found
        return len(found)


@contextlib.contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """The file for reading, OSErrors of opening it as they are."""
    if is_local(name):
        with open(name, "rb") as stream:
            yield stream
    else:
        with file_system(name).open(name, "rb") as stream, io.BufferedReader(_Remote(stream, name), 1 << 20) as read:
            yield read


def stat(name: str) -> Part | None:
    """The file as it is now, None when it is gone."""
    if is_local(name):
        return _local_part(name)
    try:
        return next(iter(_remote_listing(name)), None)
    except ConnectorError as error:
        if error.code == "C101":
            return None
        raise


def probe_folder(folder: str) -> str:
    """Whether files can be written into the folder (or it can be made); a sentence. Raises ConnectorError C104."""
    there = folder
    while not os.path.exists(there) and os.path.dirname(there) != there:
        there = os.path.dirname(there)
    if not os.path.isdir(there) or not os.access(there, os.W_OK | os.X_OK):
        raise ConnectorError(
            "C104", f"{there} is no folder that can be written to", kind="auth", fix="give the user of the run access"
        )
    return f"{folder} can be written to" if there == folder else f"{folder} will be made"


def move(name: str, folder: str) -> None:
    """Move a file into a folder, which is made; done already when the file is gone."""
    target = f"{folder.rstrip('/')}/{name.rsplit('/', 1)[-1]}"
    if is_local(name):
        try:
            os.makedirs(folder, exist_ok=True)
            try:
                os.replace(name, target)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                # Across file systems: whole under a hidden name first, so that the archive never shows half a file.
                hidden = f"{folder.rstrip('/')}/.{os.path.basename(name)}.moving"
                shutil.copy2(name, hidden)
                os.replace(hidden, target)
                os.unlink(name)
        except FileNotFoundError:
            return
        except OSError as error:
            raise surfaced(error, target) from error
    else:
        with contextlib.suppress(FileNotFoundError):
            file_system(name).mv(name, target)


def delete(name: str) -> None:
    """Delete a file; done already when it is gone."""
    try:
        os.unlink(name) if is_local(name) else file_system(name).rm(name)
    except FileNotFoundError:
        return
    except OSError as error:
        raise surfaced(error, name) from error


def surfaced(error: OSError, name: str) -> ConnectorError:
    """An operating system error as a ConnectorError that says what to do."""
    why = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return ConnectorError(
            "C103",
            f"{name}: {why}",
            fix="free some space and run again: the run goes on where it was committed",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ConnectorError("C104", f"{name}: {why}", kind="auth", fix="give the user of the run access to it")
    kind = "transient" if error.errno in (errno.EIO, errno.EAGAIN, errno.ESTALE, errno.ETIMEDOUT) else "permanent"
    return ConnectorError("C105", f"{name}: {why}", kind=kind)  # type: ignore[arg-type]
