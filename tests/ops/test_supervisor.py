"""What `make run` checks before it starts, and that it leaves nothing running. Small programs stand in for the servers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from assistant import child_process, supervisor
from assistant.service import Service
from assistant.supervisor import StartError, Supervisor, check_disk, check_port_is_free, endpoints_for, read_port

SLEEPS = (sys.executable, "-c", "import time; time.sleep(60)")
ENDS = (sys.executable, "-c", "pass")


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and only waits to be counted does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_busy_port_is_one_line_that_names_it_and_the_way_out(busy_port: int) -> None:
    with pytest.raises(StartError) as raised:
        check_port_is_free(busy_port, "SPINE_TRIAGE_PORT")
    message = str(raised.value)
    assert f"Port {busy_port}" in message and "SPINE_TRIAGE_PORT=" in message and "\n" not in message


def test_the_command_ends_with_that_line_on_stderr(busy_port: int, root: Path) -> None:
    env = {**os.environ, "SPINE_TRIAGE_PORT": str(busy_port)}
    done = subprocess.run(
        [sys.executable, "-m", "assistant.supervisor"], cwd=root, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "5005 ", "٥"])
def test_a_port_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(StartError, match="SPINE_TRIAGE_PORT must be a port number"):
        read_port({"SPINE_TRIAGE_PORT": text}, "SPINE_TRIAGE_PORT", 5005)


def test_a_port_that_is_not_set_has_its_default() -> None:
    assert read_port({"SPINE_TRIAGE_PORT": ""}, "SPINE_TRIAGE_PORT", 5005) == 5005


def test_one_port_for_both_servers_is_refused() -> None:
    with pytest.raises(StartError, match="must differ"):
        supervisor.serve({"SPINE_TRIAGE_PORT": "5055"})


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="The disk is too full"):
        check_disk(tmp_path, needed_mb=10**12)


def test_another_port_for_the_actions_reaches_the_assistant(root: Path, tmp_path: Path) -> None:
    (tmp_path / "endpoints.yml").write_text((root / "endpoints.yml").read_text())
    made = endpoints_for(6055, tmp_path)
    original = yaml.safe_load((root / "endpoints.yml").read_text())
    assert yaml.safe_load(made.read_text()) == original | {"action_endpoint": {"url": "http://127.0.0.1:6055/webhook"}}


def test_the_usual_port_needs_no_copy_of_the_endpoints(root: Path) -> None:
    assert endpoints_for(5055, root) == root / "endpoints.yml"


def test_both_servers_listen_on_this_machine_only(root: Path) -> None:
    for service in supervisor.services(Path("model"), 5005, 5055, root):
        command = list(service.command)
        assert command[command.index("--host") + 1] == "127.0.0.1"


def test_a_program_that_ends_is_started_again_ever_more_slowly(tmp_path: Path) -> None:
    now = 0.0
    service = Service("helper", ENDS, tmp_path / "log", tmp_path, clock=lambda: now)
    service.start()
    delays = []
    for _ in range(7):
        assert wait_for(service.has_ended)
        told = service.look_after()
        assert told is not None and told.startswith("The helper stopped; starting it again in ")
        delays.append(int(told.split(" in ")[1].split()[0]))
        now += delays[-1] - 0.5
        before = service.process
        service.look_after()
        assert service.process is before, "started too early"
        now += 0.5
        service.look_after()
        assert service.process is not before
    assert delays == [1, 2, 4, 8, 16, 30, 30]


def test_a_long_steady_run_forgets_earlier_failures(tmp_path: Path) -> None:
    now = 0.0
    service = Service("helper", ENDS, tmp_path / "log", tmp_path, clock=lambda: now)
    for _ in range(2):
        service.start()
        assert wait_for(service.has_ended)
        now += 3600
        told = service.look_after()
        assert told is not None and "again in 1 s" in told


def test_a_log_may_be_read_by_its_owner_only(tmp_path: Path) -> None:
    process = child_process.start(ENDS, log=tmp_path / "log", cwd=tmp_path)
    process.wait()
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_a_large_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "LOG_LIMIT_BYTES", 3)
    log = tmp_path / "some.log"
    log.write_text("earlier")
    child_process.start(ENDS, log=log, cwd=tmp_path).wait()
    assert (tmp_path / "some.log.1").read_text() == "earlier"


def test_a_program_that_ignores_the_request_to_end_is_ended(tmp_path: Path) -> None:
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(60)"
    process = child_process.start((sys.executable, "-c", stubborn), log=tmp_path / "log", cwd=tmp_path)
    assert wait_for(lambda: "deaf" in (tmp_path / "log").read_text())
    child_process.stop([process], grace=0.1)
    assert process.returncode == -signal.SIGKILL


def test_an_assistant_that_ends_while_starting_is_one_line(tmp_path: Path) -> None:
    helper = Service("action server", SLEEPS, tmp_path / "a.log", tmp_path)
    assistant = Service("assistant", ENDS, tmp_path / "b.log", tmp_path)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with pytest.raises(StartError, match="The assistant ended while starting: see the end of"):
            Supervisor([helper, assistant], lambda: False, "page", say=lambda _text: None).run()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert helper.has_ended()


@pytest.fixture
def running(tmp_path: Path, root: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A supervisor with two programs, one of which has started a third; and the process ids of all three."""
    program = textwrap.dedent(
        """
        import pathlib, signal, sys
        from assistant import supervisor
        from assistant.service import Service

        folder = pathlib.Path(sys.argv[1])
        note = "import os, pathlib; pathlib.Path(f'{os.getpid()}.pid').touch();"
        sleeps = note + "import time; time.sleep(60)"
        has_child = note + f"import subprocess, sys; subprocess.run([sys.executable, '-c', {sleeps!r}])"
        services = [Service(str(n), (sys.executable, "-c", code), folder / "log", folder) for n, code in enumerate([has_child, sleeps])]
        supervisor.serve = supervisor.Supervisor(services, lambda: True, "the page").run
        sys.exit(supervisor.main())
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, text=True
    )
    try:
        assert wait_for(lambda: len(list(tmp_path.glob("*.pid"))) == 3)
        pids = [int(path.stem) for path in tmp_path.glob("*.pid")]
        yield process, pids
    finally:
        process.kill()
        process.wait()
        for pid in [int(path.stem) for path in tmp_path.glob("*.pid")]:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_supervisor_ends_all_it_started_within_five_seconds(
    running: tuple[subprocess.Popen[str], list[int]], number: signal.Signals
) -> None:
    process, pids = running
    started = time.monotonic()
    process.send_signal(number)
    out, _ = process.communicate(timeout=10)
    assert time.monotonic() - started < 5
    assert process.returncode == 0
    assert out.splitlines()[-2:] == ["the page", "Stopped."]
    assert not any(is_alive(pid) for pid in pids)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a program that its parent was killed")
def test_the_servers_end_even_when_the_supervisor_is_killed_outright(tmp_path: Path, root: Path) -> None:
    program = (
        "import pathlib, sys; from assistant import child_process; folder = pathlib.Path(sys.argv[1]);"
        f"p = child_process.start({SLEEPS!r}, log=folder / 'log', cwd=folder); print(p.pid, flush=True); p.wait()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    assert wait_for(lambda: not is_alive(child))
