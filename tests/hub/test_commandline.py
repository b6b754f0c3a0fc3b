"""The `alcolab` command as people and programs meet it: the installed one, in a process of its own."""

import json
import os
import pty
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devices import CATALOGUE, FRAMES
from tests.hub.config.good_lab import lab_file, spoilt

ALCOLAB = Path(sys.executable).with_name("alcolab")
REPOSITORY = Path(__file__).parents[2]
W1_GOOD = "58 01 4b 46 7f ff 08 10 f9"
"""21.5 °C: 344 sixteenths of a degree, with the checksum of the data sheet."""


def alcolab(
    *arguments: str | Path, stdin: bytes = b"", folder: Path = REPOSITORY, **environment: str
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [ALCOLAB, *arguments],
        input=stdin,
        capture_output=True,
        cwd=folder,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


def answer(done: "subprocess.CompletedProcess[bytes]") -> dict[str, object]:
    """The one line of JSON."""
    (line,) = done.stdout.decode().splitlines()
    found: dict[str, object] = json.loads(line)
    return found


@pytest.fixture
def state(tmp_path: Path) -> str:
    return str(tmp_path / "state")


class TestDecode:
    @pytest.mark.parametrize("data", [(W1_GOOD,), (W1_GOOD.replace(" ", ""),), tuple(W1_GOOD.split())])
    def test_a_frame_is_one_line_of_json(self, data: tuple[str, ...]) -> None:
        done = alcolab("decode", "w1", *data)
        assert answer(done) == {"kind": "w1", "ok": True, "value": 21.5, "unit": "°C"}
        assert done.returncode == 0

    def test_a_badges_number_is_shown_in_the_forms_that_are_printed_on_cards(self) -> None:
        done = alcolab("decode", "rdm6300", "02363245333038364345443038 03")
        assert answer(done) == {
            "kind": "rdm6300",
            "ok": True,
            "number": "62E3086CED",
            "facility": 8,
            "card": 27885,
            "printed": ["008,27885", "00827885", "3808980205"],
        }

    def test_units_are_utf_8_whatever_the_terminal_speaks(self) -> None:
        assert "°C".encode() in alcolab("decode", "w1", W1_GOOD, LC_ALL="C", PYTHONIOENCODING="ascii").stdout

    def test_standard_input_is_read_for_a_hyphen(self) -> None:
        assert answer(alcolab("decode", "w1", "-", stdin=W1_GOOD.encode() + b"\n"))["value"] == 21.5

    @pytest.mark.parametrize("kind", FRAMES)
    @pytest.mark.parametrize("data", [[], [""], ["-"], ["zz"], ["--5"], ["-5"], ["ff " * 500], ["\udcff"]])
    def test_a_bad_frame_is_said_as_json_and_by_the_exit_code(self, kind: str, data: list[str]) -> None:
        done = alcolab("decode", kind, *data)
        said = answer(done)
        assert said["ok"] is False
        assert said["error"]
        assert (done.returncode, done.stderr) == (1, b"")

    def test_an_unknown_kind_lists_those_that_are_known(self) -> None:
        done = alcolab("decode", "nfc", "00")
        assert all(kind in str(answer(done)["error"]) for kind in ("w1", "a02yyuw", "serial-line"))
        assert done.returncode == 1

    def test_it_is_quick_enough_for_a_loop_in_a_shell(self) -> None:
        """Counted in the processor's time, so that what else runs here does not matter."""
        took = []
        for _ in range(5):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            alcolab("decode", "w1", W1_GOOD)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert min(took) < 0.3


class TestCheck:
    def test_a_good_file(self, tmp_path: Path) -> None:
        done = alcolab("check", lab_file(tmp_path))
        assert done.returncode == 0
        assert "good; nodes: hub, garden, shed; devices: bed, hen-house" in done.stdout.decode()

    def test_a_bad_file(self, tmp_path: Path) -> None:
        file = lab_file(tmp_path, spoilt("board: pi,", "board: pie,").replace("site: alco", "site: AL"))
        done = alcolab("check", file)
        lines = done.stdout.decode().splitlines()
        assert done.returncode == 1
        assert lines[0].startswith(f"{file}:1: site: found the text 'AL'")
        assert lines[1].startswith(f"{file}:6: nodes.garden.board: found the text 'pie'")
        assert lines[2] == f"{file}: 2 errors"

    def test_a_note_is_no_error(self, tmp_path: Path) -> None:
        done = alcolab("check", lab_file(tmp_path, spoilt("history, web", "history")))
        assert done.returncode == 0
        assert b": note: web: no node has the service web" in done.stdout

    def test_without_a_name_it_is_the_file_in_this_folder(self, tmp_path: Path) -> None:
        lab_file(tmp_path)
        assert alcolab("check", folder=tmp_path).stdout.startswith(b"config.yaml: good")

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        done = alcolab("check", tmp_path / "none.yaml")
        assert done.returncode == 1
        assert b"No such file" in done.stdout


class TestDevices:
    def test_the_catalogue(self) -> None:
        listed = alcolab("devices").stdout.decode().splitlines()
        assert listed[::2] == list(CATALOGUE)

    def test_one_type_with_its_options_states_and_commands(self) -> None:
        said = alcolab("devices", "garden").stdout.decode()
        assert "  every  (such as 10min; default 60)\n      Time from one reading to the next." in said
        assert "  port  (a text; required)" in said
        assert "States:\n  problems" in said
        assert "Commands:\n  measure" in said

    def test_an_unknown_type(self) -> None:
        done = alcolab("devices", "gardn")
        assert (done.returncode, done.stdout) == (1, b"")
        assert b"did you mean garden?" in done.stderr

    def test_the_schema_for_editors(self) -> None:
        schema = json.loads(alcolab("devices", "--schema").stdout)
        assert schema["$schema"].startswith("https://json-schema.org/")


SENSORS = """\
site: alco
nodes: {garden: {board: pi, sysfs: sys}}
devices:
  bed:
    type: garden
    node: garden
    sensors:
      air: {type: iio, name: bme280, attribute: in_temp_input, scale: 0.001, unit: °C, every: 100ms}
"""


class TestProbe:
    @pytest.fixture
    def config(self, tmp_path: Path) -> Path:
        chip = tmp_path / "sys/bus/iio/devices/iio:device0"
        chip.mkdir(parents=True)
        (chip / "name").write_text("bme280\n")
        (chip / "in_temp_input").write_text("21500\n")
        file = tmp_path / "config.yaml"
        file.write_text(SENSORS, encoding="utf-8")
        return file

    def test_raw_and_decoded_values_are_shown(self, config: Path) -> None:
        done = alcolab("probe", "bed", "--config", config, "--for", "1s")
        said = done.stdout.decode()
        assert "/iio:device0/in_temp_input: '21500'" in said
        assert "air: 21.5 °C, ok" in said
        assert done.returncode == 0

    def test_the_bytes_of_a_serial_port_are_shown(self, config: Path) -> None:
        outside, inside = pty.openpty()
        port = os.ttyname(inside)
        config.write_text(
            f"{SENSORS}      tank: {{type: uart-distance, port: {port}, every: 200ms}}\n", encoding="utf-8"
        )
        command = [str(ALCOLAB), "probe", "bed", "--config", str(config), "--for", "3s"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as probing:
            while probing.poll() is None:
                os.write(outside, bytes.fromhex("ff07a1a7"))
                time.sleep(0.1)
            assert probing.stdout is not None
            said = probing.stdout.read().decode()
        os.close(outside)
        os.close(inside)
        assert f"  < {port}: ff 07 a1 a7" in said
        assert "tank: 1953 mm" in said

    def test_a_badge_is_something_too(self, config: Path) -> None:
        outside, inside = pty.openpty()
        reader = f"{{type: badge-reader, node: garden, reader: {{type: rdm6300, port: {os.ttyname(inside)}}}}}"
        config.write_text(f"{SENSORS}  badges: {reader}\n", encoding="utf-8")
        command = [str(ALCOLAB), "probe", "badges", "--config", str(config), "--for", "3s"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as probing:
            while probing.poll() is None:
                os.write(outside, b"\x0262E3086CED08\x03")
                time.sleep(0.1)
            assert probing.stdout is not None
            said = probing.stdout.read().decode()
        os.close(outside)
        os.close(inside)
        assert "02 36 32 45 33 30 38 36 43 45 44 30 38 03" in said
        assert said.count("event badge") == 1
        assert probing.returncode == 0

    @pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
    def test_ctrl_c_ends_it_without_a_traceback(self, config: Path, stop: signal.Signals) -> None:
        command = [str(ALCOLAB), "probe", "bed", "--config", str(config)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as probing:
            assert probing.stdout is not None
            probing.stdout.readline()
            probing.send_signal(stop)
            _, complaint = probing.communicate(timeout=20)
        assert (probing.returncode, complaint) == (0, b"")

    def test_hardware_that_says_nothing_is_told_by_the_exit_code(self, config: Path) -> None:
        (config.parent / "sys/bus/iio/devices/iio:device0/name").write_text("other\n")
        done = alcolab("probe", "bed", "--config", config, "--for", "1s")
        assert done.returncode == 1
        assert b"nothing was measured" in done.stderr

    def test_an_unknown_device(self, config: Path) -> None:
        done = alcolab("probe", "bde", "--config", config)
        assert done.returncode == 1
        assert b"did you mean bed?" in done.stderr


class TestDoctor:
    def test_it_says_what_is_missing_and_what_to_do(self, tmp_path: Path, state: str) -> None:
        (tmp_path / "sys").mkdir()
        (tmp_path / "config.yaml").write_text(SENSORS, encoding="utf-8")
        done = alcolab("doctor", "--node", "garden", folder=tmp_path, STATE_DIRECTORY=state)
        said = done.stdout.decode()
        assert done.returncode == 1
        assert "MISSING iio sensors: the kernel has no bme280; it has: none\n        → add the line dtoverlay=" in said

    def test_json_for_programs(self, tmp_path: Path, state: str) -> None:
        (tmp_path / "sys").mkdir()
        (tmp_path / "config.yaml").write_text(SENSORS, encoding="utf-8")
        done = alcolab("doctor", "--node", "garden", "--json", folder=tmp_path, STATE_DIRECTORY=state)
        said = answer(done)
        assert said["ok"] is False
        levels = {check["name"]: check["level"] for check in said["checks"]}  # type: ignore[attr-defined]
        assert levels["configuration"] == "good"
        assert levels["iio sensors"] == "missing"

    def test_a_bad_configuration_is_one_of_its_findings(self, tmp_path: Path, state: str) -> None:
        (tmp_path / "config.yaml").write_text("site: [", encoding="utf-8")
        done = alcolab("doctor", folder=tmp_path, STATE_DIRECTORY=state)
        assert done.returncode == 1
        assert b"MISSING configuration" in done.stdout


class TestRun:
    def test_the_process_is_replaced_so_that_systemd_keeps_its_id(self, tmp_path: Path, state: str) -> None:
        text = SENSORS.replace("sysfs: sys", "sysfs: /sys").replace(
            "nodes:", "broker: {host: 127.0.0.1, port: 1}\nnodes:"
        )
        (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
        running = subprocess.Popen(
            [ALCOLAB, "run", "--node", "garden"],
            cwd=tmp_path,
            env={**os.environ, "STATE_DIRECTORY": state},
            stderr=subprocess.PIPE,
        )
        with running:
            deadline = time.monotonic() + 20
            while b"hub.app" not in (command := Path(f"/proc/{running.pid}/cmdline").read_bytes()):
                assert time.monotonic() < deadline, command
                time.sleep(0.02)
            assert running.stderr is not None
            running.stderr.readline()
            running.terminate()
            running.communicate(timeout=30)
        assert running.returncode == 0

    def test_a_bad_configuration_is_said_without_a_traceback(self, tmp_path: Path, state: str) -> None:
        file = lab_file(tmp_path, spoilt("board: pi,", "board: pie,"))
        done = alcolab("run", "--config", file, "--node", "garden", STATE_DIRECTORY=state)
        assert done.returncode == 1
        assert b"nodes.garden.board: found the text 'pie'" in done.stderr
        assert b"Traceback" not in done.stderr

    def test_an_unknown_node_is_said_with_those_that_are_known(self, tmp_path: Path, state: str) -> None:
        done = alcolab("run", "--config", lab_file(tmp_path), "--node", "gardn", STATE_DIRECTORY=state)
        assert done.returncode == 1
        assert b"hub, garden, shed" in done.stderr
        assert b"Traceback" not in done.stderr


class TestFault:
    def test_without_a_simulated_lab_it_says_how_to_start_one(self, state: str) -> None:
        done = alcolab("fault", "list", STATE_DIRECTORY=state)
        assert done.returncode == 1
        assert b"alcolab demo" in done.stderr

    def test_a_folder_that_cannot_be_made_is_no_traceback(self) -> None:
        done = alcolab("fault", "list", "--state", "/proc/none")
        assert done.returncode == 1
        assert done.stderr.startswith(b"alcolab: ")
        assert b"Traceback" not in done.stderr


class TestHistory:
    def test_without_a_history_it_says_where_it_looked(self, state: str) -> None:
        done = alcolab("history", "export", STATE_DIRECTORY=state)
        assert done.returncode == 1
        assert state.encode() in done.stderr

    def test_a_time_that_is_none(self) -> None:
        done = alcolab("history", "export", "--since", "yesterday")
        assert done.returncode == 2
        assert b"Traceback" not in done.stderr


def test_debug_shows_what_an_error_hides() -> None:
    assert b"Traceback" in alcolab("--debug", "devices", "gardn").stderr


def test_without_a_command_it_lists_them() -> None:
    said = alcolab().stdout + alcolab().stderr
    for command in (b"run", b"demo", b"check", b"devices", b"probe", b"decode", b"doctor", b"history", b"fault"):
        assert command in said


def test_a_closed_pipe_is_no_traceback() -> None:
    shell = f"{ALCOLAB} devices --schema | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, check=False, timeout=30)
    assert done.stderr == b""


@pytest.mark.parametrize("duration", ["soon", "5 apples", "-1s"])
def test_a_duration_that_is_none(duration: str) -> None:
    done = alcolab("demo", "--for", duration)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
