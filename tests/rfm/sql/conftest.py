"""A PostgreSQL server of our own, where PostgreSQL is installed and may be started."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def programs():
    """The folder of PostgreSQL's programs; None if it is not installed."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return folders[-1].parent if folders else None


def cannot(reason):
    """Skip; where a server must be there, fail."""
    if os.environ.get("RFM_POSTGRES"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """The connection string of a new server that listens on a socket of its own; it ends with the tests."""
    pytest.importorskip("psycopg")
    bin_ = programs()
    if bin_ is None:
        cannot("PostgreSQL is not installed")
    as_root = os.geteuid() == 0
    if as_root and shutil.which("runuser") is None:
        cannot("PostgreSQL does not run as root, and runuser is not there")
    before = ["runuser", "-u", "postgres", "--"] if as_root else []
    home = (
        Path("/tmp") / f"rfm-postgres-{os.getpid()}"
    )  # a socket's path may be no longer than 107 characters
    home.mkdir(mode=0o700)
    if as_root:
        shutil.chown(home, "postgres", "postgres")
    data, log = home / "data", home / "log"

    def run(*command):
        done = subprocess.run(
            [*before, *map(str, command)], capture_output=True, text=True, cwd=home, check=False
        )
        if done.returncode:
            cannot(f"PostgreSQL cannot be started: {done.stderr}")

    options = f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off"
    try:
        run(
            bin_ / "initdb",
            "-D",
            data,
            "-U",
            "tester",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "--no-sync",
        )
        run(bin_ / "pg_ctl", "-D", data, "-w", "-l", log, "-o", options, "start")
        yield f"host={home} user=tester dbname=postgres"
        run(bin_ / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)
