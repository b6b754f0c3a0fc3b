"""A test that is marked `alone` has no company, whichever worker of pytest-xdist runs it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
MEASURING = """
import time, pytest
from pathlib import Path
@pytest.mark.parametrize("number", range(20))
def test_it(number):
    begun = time.monotonic()
    time.sleep(0.02)
    with Path(__file__).with_suffix(".times").open("a") as times:
        print(begun, time.monotonic(), file=times)
"""


def test_nothing_else_runs_while_it_runs(tmp_path: Path) -> None:
    (tmp_path / "test_company.py").write_text(MEASURING)
    (tmp_path / "test_short_times.py").write_text(f"{MEASURING}\npytestmark = pytest.mark.alone\n")
    options = f"-n 2 --dist loadfile -p tests.alone -p no:cacheprovider -c {ROOT}/pyproject.toml --rootdir {tmp_path}"
    command = [sys.executable, "-m", "pytest", *options.split(), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    company, alone = (_times(tmp_path / f"test_{name}.times") for name in ("company", "short_times"))
    assert len(company) == len(alone) == 20
    assert not [(one, other) for one in alone for other in company if one[0] < other[1] and other[0] < one[1]]


def _times(file: Path) -> list[tuple[float, float]]:
    return [(float(begun), float(ended)) for begun, ended in map(str.split, file.read_text().splitlines())]
