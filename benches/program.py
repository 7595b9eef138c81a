"""What the benches share: the program that they run, and the key of its lakes."""

import json
import pathlib
import subprocess

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
