"""A new package, built and uploaded to a package index on loopback, is installed from there by somebody else."""

from __future__ import annotations

import email
import email.policy
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from .test_plugins_new import Home


class Index(ThreadingHTTPServer):
    """Takes uploads as PyPI does, and serves them by the simple API."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.said: dict[str, dict[str, str]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Index

    def do_POST(self) -> None:
        """An upload: a form with the metadata and the file."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        form = email.message_from_bytes(head + body, policy=email.policy.HTTP)
        fields: dict[str, str] = {}
        for part in form.iter_parts():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            if (filename := part.get_filename()) is not None:
                self.server.files[filename] = content
                self.server.said[filename] = fields
            else:
                fields[str(name)] = content.decode()
        self._answer(b"")

    def do_GET(self) -> None:
        """The list of a project's files, or a file."""
        name = self.path.rstrip("/").rpartition("/")[2]
        if name in self.server.files:
            return self._answer(self.server.files[name])
        links = "".join(f'<a href="/files/{file}">{file}</a>' for file in self.server.files)
        return self._answer(f"<!DOCTYPE html><html><body>{links}</body></html>".encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if body.startswith(b"<") else "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.skipif(os.name == "nt", reason="the paths of a virtual environment are others there")
def test_publish_and_install(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("hatchling", "twine", "pip"):
        if find_spec(module) is None:
            (pytest.fail if os.environ.get("CROSSWALK_REQUIRE_SERVICES") else pytest.skip)(f"pip install {module}")
    author, other = Home(tmp_path / "author"), Home(tmp_path / "other")
    author.crosswalk("plugins", "new", "acme-postcode", "--kind", "resolver", cwd=tmp_path)
    package = tmp_path / "acme-postcode"
    author.run("-m", "hatchling", "build", cwd=package)
    dist = sorted((package / "dist").iterdir())
    assert [file.name for file in dist] == ["acme_postcode-0.1.0-py3-none-any.whl", "acme_postcode-0.1.0.tar.gz"]
    assert author.run("-m", "twine", "--no-color", "check", "--strict", *dist, cwd=package).count("PASSED") == 2
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    login = ("--repository-url", f"{index.url}/legacy/", "--username", "__token__", "--password", "none")
    author.run("-m", "twine", "upload", "--non-interactive", "--disable-progress-bar", *login, *dist, cwd=package)
    assert sorted(index.files) == [file.name for file in dist]
    assert index.said[dist[0].name]["description_content_type"] == "text/markdown"
    quiet = ("--quiet", "--disable-pip-version-check", "--no-deps", "--isolated")
    other.run("-m", "pip", "install", *quiet, "--index-url", f"{index.url}/simple/", "acme-postcode", cwd=tmp_path)
    shown = other.crosswalk("plugins", "show", "acme_postcode", cwd=tmp_path)
    assert shown["plugin"]["distribution"] == "acme-postcode"
