"""What a document shows runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from planner import cli
from planner.cli.demo import NEXT_COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str, str]]

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def shown_commands() -> list[str]:
    """Every whole command line of a code block that needs nothing but the demo city."""
    found = []
    for path in DOCUMENTS:
        for block in re.findall(r"```\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
            for line in block.splitlines():
                match = re.match(r"(?:\.venv/bin/)?flaneur (.+)", line)
                if match and "city add" not in line and "demo" not in line:
                    found.append(match[1])
    return [*dict.fromkeys([*found, *(line.removeprefix("flaneur ") for line in NEXT_COMMANDS)])]


@pytest.mark.parametrize("line", shown_commands())
def test_a_shown_command_runs(
    run: Run, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # some write a file
    arguments = shlex.split(line, comments=True)
    if arguments[0] == "plan":
        arguments += ["--model", "none"]
    code, _, err = run(*arguments)
    assert code == 0, err


def test_commands_are_shown() -> None:
    assert len(shown_commands()) >= 6


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_option_that_a_document_names_exists(path: Path) -> None:
    known = {"--constraint", "--pip-args", "--force-reinstall", "--no-binary", "--no-deps"}

    def collect(command: click.Command) -> None:
        for parameter in command.params:
            known.update([*parameter.opts, *parameter.secondary_opts])
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                collect(inner)

    collect(cli.cli)
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", path.read_text(encoding="utf-8")))
    scripts = {"--help", "--version"}
    for script in (ROOT / "scripts").glob("*.py"):
        scripts.update(re.findall(r'"(--[a-z-]+)"', script.read_text(encoding="utf-8")))
    assert named <= known | scripts


def test_every_file_that_a_document_links_to_is_there() -> None:
    for path in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), (path.name, target)
