"""`python -m bench [garden | throughput | backlog | edges | arcade | access]`: measure, print, write the page.

Exit status 1 if a goal is missed. With a name, only that part is measured anew; the others keep their last results.
`edges` and `arcade` are measured only when named: they boot the virtual Pi.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping

from bench import access, arcade, backlog, edges, garden, peers, report, throughput
from bench.measure import Measurement

PARTS: Mapping[str, Callable[[], Iterable[Measurement]]] = {
    "garden": garden.measure,
    "throughput": throughput.measure,
    "backlog": backlog.measure,
    "edges": edges.measure,
    "arcade": arcade.measure,
    "access": access.measure,
}
ONLY_WHEN_NAMED = {"edges", "arcade"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="The measured comparisons.")
    parser.add_argument(
        "name", nargs="*", choices=[*PARTS, []], help="what to measure; all but edges and arcade when left out"
    )
    names = parser.parse_args().name or [name for name in PARTS if name not in ONLY_WHEN_NAMED]
    peers.install()
    missed = False
    for name in names:
        measured = []
        for measurement in PARTS[name]():
            print(report.line(measurement), flush=True)
            measured.append(measurement)
        report.keep(name, measured)
        missed |= not all(measurement.met for measurement in measured)
    report.write_page()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
