"""Processes that answer questions, one at a time, so that they can take turns."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from queries import QUERIES

FOLDER = pathlib.Path(__file__).resolve().parent


class Engine:
    """A process and what it used; `ask` gives milliseconds and rows."""

    process = None

    def close(self):
        """Lets the process end; gives the peak of its memory in bytes, as the system counts it."""
        self.process.stdin.close()
        self.process.stdout.read()
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = status
        if status != 0:
            sys.exit(f"{self.name}: ended with status {status}")
        return usage.ru_maxrss * 1024


class Peer(Engine):
    def __init__(self, name, lake):
        self.name = name
        command = [sys.executable, FOLDER / "ask.py", name, lake]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, query):
        self.process.stdin.write(f"{query.name}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name}: gave no answer to {query.name}")
        answer = json.loads(line)
        return answer["milliseconds"], [tuple(row) for row in answer["rows"]]


class Voxql(Engine):
    """One process that runs a file of all questions in all rounds.

    It must wait for its turn, which the program has no command for: before each question the file
    asks for a line that no pipe has room for, so that the process stands still until it is read.
    """

    LINE = 1 << 20
    BEGIN = b'{"wait":"'

    def __init__(self, name, program, lake, environment, rounds, settings=()):
        self.name = name
        self.rest = b""
        wait = f"SELECT repeat('.', {self.LINE}) AS wait;\n"
        asked = [f"{wait}{query.text('voxql')};\n" for query in QUERIES] * rounds
        self.script = tempfile.NamedTemporaryFile("w", suffix=".sql")
        self.script.write("".join([*(f"{setting};\n" for setting in settings), *asked, wait]))
        self.script.flush()
        command = [program, "--lake", lake, "run", self.script.name]
        command += ["--format", "ndjson", "--timing"]
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.read_until(self.BEGIN)
        for _ in settings:
            self.read_time()

    def read_until(self, end):
        """What the process writes before `end`, which is read too."""
        pieces = self.rest
        while end not in pieces:
            piece = os.read(self.process.stdout.fileno(), 1 << 16)
            if not piece:
                sys.exit(f"voxql: {self.process.stderr.read().decode()}")
            pieces += piece
        before, _, self.rest = pieces.partition(end)
        return before

    def read_time(self):
        line = self.process.stderr.readline().decode()
        if not line.startswith("time: ") or not line.endswith(" ms\n"):
            sys.exit(f"voxql: {line}{self.process.stderr.read().decode()}")
        return float(line.removeprefix("time: ").removesuffix(" ms\n"))

    def ask(self, query):
        self.read_until(b"\n")
        answer = self.read_until(self.BEGIN)
        self.read_time()
        milliseconds = self.read_time()
        rows = [json.loads(line) for line in answer.splitlines()]
        return milliseconds, [tuple(row.get(name) for name in query.columns) for row in rows]
