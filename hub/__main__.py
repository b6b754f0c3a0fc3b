"""The `alcolab` command: whatever is wrong ends in one clear line and an exit code, never in a traceback."""

import os
import sys

from devices.errors import AlcolabError
from hub.commandline import DEBUG, app


def main() -> None:
    """Carry out the command line."""
    try:
        app(prog_name="alcolab")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains again at its exit
        sys.exit(1)
    except (AlcolabError, OSError) as error:
        if DEBUG in os.environ:
            raise
        sys.stderr.write(f"alcolab: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
