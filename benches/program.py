"""What the benches share: the program that they run, the key of its lakes, and measuring it."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"


def dist_build():
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version=1", "--no-deps"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    target = pathlib.Path(json.loads(metadata.stdout)["target_directory"])
    return target / "dist" / "voxql"


def built(given=None):
    """The program that was given, else the dist build; ends where it is not there."""
    program = pathlib.Path(given) if given else dist_build()
    if not program.exists():
        sys.exit(f"{program} is not there: run cargo build --profile dist first")
    return program


def size_and_program(arguments, gigabytes):
    """The size of an export in bytes, and the program: of `[GIGABYTES] [PROGRAM]`.

    Without them `gigabytes`, and the dist build.
    """
    arguments = list(arguments)
    if arguments and arguments[0][0].isdigit():
        gigabytes = float(arguments.pop(0))
    return gigabytes * 1e9, built(*arguments[:1])


class Ended(SystemExit):
    """A command failed; who does not want to go on without it leaves this as it is."""

    def __init__(self, command, status, output, peak):
        super().__init__(f"{command}: failed with status {status}")
        self.output, self.peak = output, peak


def peak_and_time(command, environment, errors=None):
    """Runs a command; gives its output, the peak of its memory in bytes, and seconds.

    Its standard error goes into the file `errors` where there is one.
    """
    started = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        output.seek(0)
        written, peak = output.read().decode(), usage.ru_maxrss * 1024
        if status != 0:
            raise Ended(command, status, written, peak)
        return written, peak, seconds
