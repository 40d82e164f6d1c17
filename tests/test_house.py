"""The house stands: who may import whom, and what reads clock, environment and network, is held by the tools."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
TOOLS = Path(sys.executable).parent


def lint_imports(house: Path) -> str:
    """Return what import-linter says of a house, "" if nothing."""
    checked = subprocess.run(
        [TOOLS / "lint-imports", "--no-cache"],
        cwd=house,
        env=os.environ | {"PYTHONPATH": str(house / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    return checked.stdout + checked.stderr if checked.returncode else ""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the house, to break things in."""
    shutil.copy(HOUSE / "pyproject.toml", tmp_path)
    shutil.copytree(HOUSE / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_imports_are_as_the_house_is_drawn() -> None:
    assert lint_imports(HOUSE) == ""


@pytest.mark.parametrize(
    ("module", "code", "broken"),
    [
        ("store/app.py", "import crossdock.service", "The rooms of the house"),
        ("runtime/clock.py", "import crossdock.store", "The rooms of the house"),
        ("store/database/orders.py", "import crossdock.store.dispatch", "The layers of the store side"),
        ("store/notes.py", "", "The layers of the store side"),
        ("shelves/__init__.py", "", "The rooms of the house"),
        ("runtime/clock.py", "import crossdock.domain.orders", "The runtime knows nothing of fulfillment"),
        ("dialects/shopify/answer.py", "import crossdock.runtime.clock", "The rooms of the house"),
        ("dialects/next29/wire.py", "import crossdock.dialects.shopify", "Dialects do not know each other"),
        ("domain/orders.py", "import time", "Domain and dialects do no input and output, and wait for nothing"),
        (
            "store/api/orders.py",
            "import crossdock.store.handlers",
            "api and callback reach handlers and tables only through dispatch",
        ),
    ],
)
def test_a_planted_import_is_found(house: Path, module: str, code: str, broken: str) -> None:
    planted = house / "src" / "crossdock" / module
    planted.parent.mkdir(parents=True, exist_ok=True)
    (planted.parent / "__init__.py").touch()
    with planted.open("a") as file:
        file.write(f"\n{code}\n")
    assert f"\n{broken}\n----" in lint_imports(house).partition("Broken contracts")[2]


def test_the_domain_imports_the_standard_library_only() -> None:
    allowed = sys.stdlib_module_names | {"crossdock"}
    for path in (HOUSE / "src" / "crossdock" / "domain").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert {name.split(".")[0] for name in names} <= allowed, path


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import UTC, datetime\n\nNOW = datetime.now(tz=UTC)\n",
        "import time\n\nNOW = time.time()\n",
        'import os\n\nHOME = os.environ["HOME"]\n',
        "import socket\n\nSOCKET = socket.socket()\n",
        "import aiohttp\n\nSESSION = aiohttp.ClientSession()\n",
    ],
)
def test_clock_environment_and_network_belong_to_the_runtime(house: Path, code: str) -> None:
    (house / "src" / "crossdock" / "store" / "planted.py").write_text(code)
    (house / "src" / "crossdock" / "runtime" / "planted.py").write_text(code)
    checked = subprocess.run(
        [TOOLS / "ruff", "check", "--no-cache", "--output-format", "concise", "src"],
        cwd=house,
        capture_output=True,
        text=True,
        check=False,
    )
    found = [line for line in checked.stdout.splitlines() if "TID251" in line and "planted.py" in line]
    assert found
    assert all(line.startswith("src/crossdock/store/planted.py") for line in found)


def test_packages_do_nothing_when_they_are_imported() -> None:
    assert [path for path in (HOUSE / "src").rglob("__init__.py") if path.read_text()] == []
