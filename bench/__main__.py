"""`python -m bench [garden | throughput | backlog | edges]`: measure, print, and write docs/performance.md.

Exit status 1 if a goal is missed. With a name, only that part is measured anew; the others keep their last results.
`edges` is measured only when named: it boots the virtual Pi.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping

from bench import backlog, edges, garden, peers, report, throughput
from bench.measure import Measurement

PARTS: Mapping[str, Callable[[], Iterable[Measurement]]] = {
    "garden": garden.measure,
    "throughput": throughput.measure,
    "backlog": backlog.measure,
    "edges": edges.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="The measured comparisons.")
    parser.add_argument("name", nargs="*", choices=[*PARTS, []], help="what to measure; all but edges when left out")
    names = parser.parse_args().name or [name for name in PARTS if name != "edges"]
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
