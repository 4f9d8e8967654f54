"""What every test gets: a fixed Hypothesis profile, no way out to the network, and `require` for outside programs."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_address

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# The same examples in every run, and no time limit for one: a slow machine must not turn a right answer into a failure.
settings.register_profile("deskgate", derandomize=True, deadline=None, database=None, print_blob=True)
settings.load_profile("deskgate")


SHARED_PROGRAMS = {"tests/browser/": "browser", "tests/e2e/": "helpdesk", "tests/test_cli_running.py": "gateway",
                   "tests/test_rolling_restart.py": "restarts", "tests/integrations/test_generic_real.py": "desk",
                   "tests/integrations/test_django_helpdesk_real": "desk",
                   "tests/integrations/test_django_helpdesk_closed.py": "desk"}


class OneProgramEach(LoadScopeScheduling):
    """Gives all tests that share a program to the same process, so that it is started once; the others as they come."""

    def _split_scope(self, nodeid: str) -> str:
        return next((program for path, program in SHARED_PROGRAMS.items() if nodeid.startswith(path)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneProgramEach:
    """Not by xdist's own groups: those are marks on a test's id, which pytest 9 does not let it change any more."""
    return OneProgramEach(config, log)


@pytest.fixture(scope="session")
def require() -> Callable[[str, str], str]:
    """`require("chromium", "the pages are tried in a browser")` gives the program's path.

    Without the program the test is skipped, with the reason; with CI=true in the environment it fails, so that a
    missing installation cannot pass for success.
    """
    return find_program


def find_program(program: str, why: str) -> str:
    path = shutil.which(program)
    if path is not None:
        return path
    message = f"{program} is not installed, and {why}; on Debian: sudo make test-deps"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Connections from the test process to anything but this machine are refused, naming the address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex))
        yield


def _guarded(connect: Callable) -> Callable:
    def only_to_loopback(self: socket.socket, address: object) -> object:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(str(address[0])):
            self.close()
            raise AssertionError(f"a test tried to reach {address[0]}: stub it with `responses`, or use a local server")
        return connect(self, address)

    return only_to_loopback


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# --- The application: fixtures that make an app, a database and a signed-in browser belong below this line. ----------

pytest_plugins = ["tests.databases", "tests.warm"]
