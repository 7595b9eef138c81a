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


def release_build():
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version=1", "--no-deps"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    target = pathlib.Path(json.loads(metadata.stdout)["target_directory"])
    return target / "release" / "voxql"


def peak_and_time(command, environment, errors=None):
    """Runs a command; gives its output, the peak of its memory in bytes, and seconds.

    Its standard error goes into the file `errors` where there is one.
    """
    started = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        if status != 0:
            sys.exit(f"{command}: failed with status {status}")
        output.seek(0)
        return output.read().decode(), usage.ru_maxrss * 1024, seconds
