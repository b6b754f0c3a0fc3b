"""What `config.yaml` may be, and what is said when it is not."""

from pathlib import Path

import pytest

from devices.board.board import Claim
from devices.errors import BadConfig
from devices.garden.bed import GardenBed
from hub.config import read_lab
from hub.config.reading import examine
from hub.lab import BoardKind, ServiceName
from tests.hub.config.good_lab import GOOD, examined, lab_file, line_of, spoilt

REPOSITORY = Path(__file__).parents[3]


def test_a_good_file_becomes_the_lab(tmp_path: Path) -> None:
    lab = read_lab(lab_file(tmp_path))
    assert lab.site == "alco"
    assert lab.nodes["hub"].services == (ServiceName.BROKER, ServiceName.HISTORY, ServiceName.WEB)
    assert lab.nodes["shed"].board is BoardKind.SIMULATED
    assert lab.nodes["garden"].outbox.size == 50_000_000
    assert lab.nodes["garden"].outbox.age == 7 * 86400
    assert lab.devices["bed"].node == "garden"
    assert lab.devices["bed"].options.sensors["air"].scale == 0.001
    assert lab.devices["bed"].options.sensors["soil"].every == 600
    assert set(lab.devices_of("shed")) == {"hen-house"}


def test_the_shipped_file_is_good() -> None:
    assert examine(REPOSITORY / "config.yaml").problems == []


def test_a_small_file_is_enough_and_the_rest_has_defaults(tmp_path: Path) -> None:
    lab = read_lab(
        lab_file(
            tmp_path,
            "site: a\nnodes: {pi: {}}\n"
            "devices: {x: {type: garden, node: pi, sensors: {t: {type: w1, id: 28-000005e2fdc3}}}}\n",
        )
    )
    assert (lab.broker.host, lab.web.port, lab.nodes["pi"].services) == ("localhost", 8080, ())


def test_relative_paths_start_at_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    lab = read_lab(lab_file(tmp_path))
    assert lab.broker.tls is not None
    assert lab.broker.tls.ca == tmp_path / "ca.pem"
    assert lab.broker.password_file == str(tmp_path / "secret.txt")
    assert lab.nodes["garden"].sysfs == tmp_path / "sys"


def test_two_pis_see_whether_they_run_the_same_file(tmp_path: Path) -> None:
    first = read_lab(lab_file(tmp_path)).fingerprint
    assert read_lab(lab_file(tmp_path)).fingerprint == first
    assert read_lab(lab_file(tmp_path, GOOD + "# later\n")).fingerprint != first


SPOILT = {
    "a misspelt section": ("web: {", "wbe: {", "wbe", ["unknown section 'wbe'", "allowed: site", "did you mean web?"]),
    "a bad site": ("site: alco", "site: Al Co!", "site", ["found the text 'Al Co!'", "did you mean al-co?"]),
    "a misspelt option": ("username:", "user_name:", "broker.user_name", ["unknown option", "did you mean username?"]),
    "a text for a number": ("port: 8080", 'port: "8080"', "web.port", ["the text '8080'", "a whole number"]),
    "a number that is too large": ("port: 8080", "port: 80800", "web.port", ["80800", "65535"]),
    "a misspelt service": ("history", "histroy", "nodes.hub.services[1]", ["'histroy'", "did you mean history?"]),
    "a misspelt board": ("board: pi,", "board: pie,", "nodes.garden.board", ["pi, simulated", "did you mean pi?"]),
    "a bad size": ("50MB", "50 megs", "nodes.garden.outbox.size", ["'50 megs'", "50MB"]),
    "a missing folder": ("sysfs: sys", "sysfs: sysfs", "nodes.garden.sysfs", ["no such folder"]),
    "a missing certificate": ("ca: ca.pem", "ca: cb.pem", "broker.tls.ca", ["no such file"]),
    "a missing password file": ("secret.txt", "secret.text", "broker.password_file", ["no such file"]),
    "an unknown node": ("node: shed", "node: shet", "devices.hen-house.node", ["did you mean shed?", "hub, garden"]),
    "an unknown type": (
        "bed:\n    type: garden",
        "bed:\n    type: gardn",
        "devices.bed.type",
        ["unknown type 'gardn'", "did you mean garden?"],
    ),
    "a device called node": ("hen-house:", "node:", "devices.node", ["called node"]),
    "a bad device name": ("hen-house:", "Hen House:", "devices.Hen House", ["did you mean hen-house?"]),
    "a bad sensor name": ("water:", "Water:", "devices.hen-house.sensors.Water", ["did you mean water?"]),
    "an unknown sensor": ("type: w1", "type: w2", "devices.hen-house.sensors.water.type", ["did you mean w1?"]),
    "a sensor without type": (
        "type: w1, ",
        "",
        "devices.hen-house.sensors.water.type",
        ["found nothing", "iio, hwmon"],
    ),
    "a misspelt key": ("every: 60s", "evry: 60s", "devices.bed.sensors.air.evry", ["did you mean every?"]),
    "a bad duration": ("every: 60s", "every: 1 minute", "devices.bed.sensors.air.every", ["'1 minute'", "10min"]),
    "a required option left out": (", name: bme280", "", "devices.bed.sensors.air.name", ["found nothing", "a text"]),
    "a number for a text": ("name: bme280", "name: 280", "devices.bed.sensors.air.name", ['did you mean "280"']),
    "a decimal comma": ("scale: 1e-3", "scale: '0,001'", "devices.bed.sensors.air.scale", ["did you mean 0.001?"]),
    "infinity": ("scale: 1e-3", "scale: .inf", "devices.bed.sensors.air.scale", ["finite"]),
    "yes for a number": ("scale: 1e-3", "scale: yes", "devices.bed.sensors.air.scale", ["the text 'yes'", "a number"]),
    "true for a number": ("scale: 1e-3", "scale: true", "devices.bed.sensors.air.scale", ["found true", "a number"]),
    "half a range": ("[-30, 60]", "[-30]", "devices.bed.sensors.air.range[1]", ["found nothing", "a number"]),
    "a range upside down": ("[-30, 60]", "[60, -30]", "devices.bed.sensors.air", ["range"]),
    "a day that is none": ("2026-03-01", "2026-13-01", "devices.bed.sensors.soil.calibration[0].since", ["2026-13-01"]),
    "a key twice": ("every: 60s,", "every: 60s, every: 61s,", "devices.bed.sensors.air.every", ["a second time"]),
    "a password": ("username: garden", "password: garden", "broker.password", ["found a secret", "password_file"]),
    "a line used twice": (
        "tank: {type: uart-distance, port: /dev/ttyUSB0, unit: mm}",
        "tank: {type: pulse, line: GPIO17, unit: mm}",
        "devices.bed.sensors.tank.line",
        ["GPIO line GPIO17 on garden", "devices.bed.sensors.rain.line (line 22)", "one user"],
    ),
    "a serial port with two users": (
        "port: /dev/ttyUSB0, unit: mm}",
        "port: /dev/ttyUSB0, unit: mm}\n      well: {type: uart-distance, port: /dev/ttyUSB0}",
        "devices.bed.sensors.well.port",
        ["serial port /dev/ttyUSB0 on garden", "devices.bed.sensors.tank.port (line 23)"],
    ),
    "no mapping": ("hub: {services: [broker, history, web]}", "hub: all", "nodes.hub", ["the text 'all'", "a mapping"]),
    "nothing": ("shed: {board: simulated}", "shed:", "nodes.shed", ["found nothing", "a mapping"]),
}


@pytest.mark.parametrize(("old", "new", "path", "said"), SPOILT.values(), ids=SPOILT)
def test_each_mistake_is_said_with_its_line_its_path_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, path: str, said: list[str]
) -> None:
    found = examined(tmp_path, spoilt(old, new))
    assert found.lab is None
    messages = [str(problem) for problem in found.problems]
    lines = {line_of(old) + extra for extra in range(new.count("\n") + 1)}
    about = [m for m in messages if any(m.startswith(f"{tmp_path}/config.yaml:{line}: {path}: ") for line in lines)]
    assert about, messages
    assert all(any(words in message for message in about) for words in said), about


def test_all_mistakes_are_said_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    text = GOOD
    independent = ["a bad site", "a misspelt option", "a misspelt board", "a misspelt key", "an unknown sensor"]
    for name in independent:
        text = text.replace(*SPOILT[name][:2])
    problems = examined(tmp_path, text).problems
    assert [problem.line for problem in problems] == [1, 2, 6, 13, 29]
    with pytest.raises(BadConfig) as raised:
        read_lab(lab_file(tmp_path, text))
    assert str(raised.value).splitlines() == [str(problem) for problem in problems]


@pytest.mark.parametrize("broken", ["every: soon", "evry: 5s", "debounce: [1]"])
def test_a_clash_is_found_although_both_devices_have_other_mistakes(tmp_path: Path, broken: str) -> None:
    text = spoilt("line: GPIO17, per_pulse: 0.2794, unit: mm, every: 10min", f"line: GPIO17, unit: 5, {broken}")
    text = text.replace("node: shed\n", "node: garden\n").replace("type: w1", "type: w2")
    clash = [problem for problem in examined(tmp_path, text).problems if "GPIO17" in problem.text]
    assert [problem.line for problem in clash] == [28]


def test_the_same_line_on_two_pis_is_no_clash(tmp_path: Path) -> None:
    assert GOOD.count("GPIO17") == 2
    assert examined(tmp_path).problems == []


def test_a_claim_that_is_shared_on_purpose_is_no_clash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = spoilt("node: shed\n", "node: garden\n")
    assert len(examined(tmp_path, text).problems) == 1
    shared = [Claim("serial", "/dev/gateway", shared_as="radio")]
    monkeypatch.setattr(GardenBed, "claims", classmethod(lambda _, __: shared))
    assert examined(tmp_path, text).problems == []


def test_a_device_that_hears_one_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GardenBed, "hears", classmethod(lambda _, options: [options.sensors["rain"].line.lower()]))
    problems = [str(problem) for problem in examined(tmp_path, spoilt("hen-house:", "gpio-17:")).problems]
    assert any("devices.bed: found the unknown device 'gpio17'" in problem for problem in problems)
    assert all("did you mean gpio-17?" in problem for problem in problems if "devices.bed:" in problem)


def test_an_unknown_node_and_a_missing_file_are_found_although_other_parts_fail(tmp_path: Path) -> None:
    text = (
        spoilt("node: shed", "node: shet").replace("id: 28-000005e2fdc3", "id: 5").replace("ca: ca.pem", "ca: no.pem")
    )
    text = text.replace("username: garden", "username: 5")
    said = "\n".join(map(str, examined(tmp_path, text).problems))
    assert "did you mean shed?" in said
    assert "no.pem" in said


def test_a_secret_is_refused_without_being_repeated(tmp_path: Path) -> None:
    for key in ("password", "mqtt_password", "api-key", "token", "SECRET"):
        problems = examined(tmp_path, spoilt("username: garden", f"{key}: hunter2")).problems
        assert "found a secret" in str(problems[0])
        assert "hunter2" not in "".join(map(str, problems))


def test_a_password_may_be_a_systemd_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = spoilt("secret.txt", "mqtt")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert read_lab(lab_file(tmp_path, text)).broker.password_file == "mqtt"  # noqa: S105 - a name
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert "LoadCredential=mqtt" in str(examined(tmp_path, text).problems[0])
    (tmp_path / "mqtt").write_text("hunter2")
    assert examined(tmp_path, text).problems == []


READERS = """\
site: alco
nodes: {door: {}, arcade: {}}
devices:
  door-badges: {type: badge-reader, node: door, key_file: site.key, reader: {type: rdm6300, port: /dev/a}}
  arcade-badges: {type: badge-reader, node: arcade, key_file: site-key, reader: {type: rdm6300, port: /dev/a}}
"""


def test_a_devices_secret_is_looked_for_and_found_as_a_password_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    file = lab_file(tmp_path, READERS)
    (missing,) = examine(file).problems
    assert str(missing).startswith(
        f"{file}:4: devices.door-badges.key_file: found 'site.key', but there is no such file"
    )
    assert examine(file, node="arcade").problems == []
    (tmp_path / "site.key").write_text("not empty")
    devices = read_lab(file).devices
    assert devices["door-badges"].options.key_file == str(tmp_path / "site.key")
    assert devices["arcade-badges"].options.key_file == "site-key"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert "LoadCredential=site-key" in str(examine(file).problems[0])


def test_a_pi_does_not_need_the_files_of_the_others(tmp_path: Path) -> None:
    text = spoilt("port: 8080}", "port: 8080, tls: {cert: web.pem, key: web.key}}").replace(
        "sysfs: sys", "sysfs: there"
    )
    file = lab_file(tmp_path, text)
    assert [problem.path[-1] for problem in examine(file).problems] == ["cert", "key", "sysfs"]
    assert [problem.path[-1] for problem in examine(file, node="garden").problems] == ["sysfs"]
    assert [problem.path[-1] for problem in examine(file, node="hub").problems] == ["cert", "key"]
    assert examine(file, node="shed").problems == []


def test_a_service_that_runs_nowhere_is_a_note(tmp_path: Path) -> None:
    notes = examined(tmp_path, spoilt("[broker, history, web]", "[history]")).notes
    assert [note.path for note in notes] == [("broker", "host"), ("web",)]


def test_two_histories_would_both_acknowledge_and_are_an_error(tmp_path: Path) -> None:
    problems = examined(tmp_path, spoilt("{board: simulated}", "{services: [history]}")).problems
    assert "found history here and on hub" in str(problems[0])


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"", 1, "an empty file"),
        (b"# only a comment\n", 1, "an empty file"),
        (b"- a\n- b\n", 1, "a list"),
        (b"just words", 1, "the text 'just words'"),
        (b"site: alco\n\tnodes: {}\n", 2, "a tab"),
        (b"site: alco\nnodes: {hub: [\n", 3, "not YAML"),
        (b"site: 'alco\n", 2, "not YAML"),
        (b"site: caf\xe9\n", 1, "not UTF-8"),
        (b"a: 1\nb: 2\nc: \x07\n", 3, "control character"),
        (b"site: !!python/object:os.system x\n", 1, "the tag"),
        (b"site: a\n---\nsite: b\n", 2, "a second document"),
        (b"{[a]: b}", 1, "as a key"),
        (b"a: *b", 1, "no &b"),
        (b"a: &a [*a]", 1, "no &a"),
        (b"x" * 1_000_001, 1, "more than 1000000 bytes"),
        (b"[" * 500_000, 1, "levels"),
    ],
)
def test_what_is_no_configuration_at_all_is_said_in_words(tmp_path: Path, content: bytes, line: int, said: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(content)
    (problem,) = [problem for problem in examine(file).problems if said in problem.text]
    assert problem.line == line


def test_a_file_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    (problem,) = examine(tmp_path / "none.yaml").problems
    assert "No such file" in str(problem)
    (problem,) = examine(tmp_path).problems
    assert "Is a directory" in str(problem)


def test_what_options_say_of_a_strange_value_shows_no_control_character(tmp_path: Path) -> None:
    found = examined(tmp_path, spoilt("/dev/ttyUSB0, unit: mm", '/dev/ttyUSB0, unit: "\\0"'))
    assert found.problems
    assert all(str(problem).isprintable() for problem in found.problems)
