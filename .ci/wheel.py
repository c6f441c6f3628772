"""Build the wheel, install it in a fresh environment, and run the command outside the checkout."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet", "install")


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command that must succeed and return what it printed."""
    done = subprocess.run([*map(str, command)], cwd=cwd, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def left_out(wheel: Path) -> list[str]:
    """Templates, scripts, styles and texts of the pages that are in the checkout only."""
    with zipfile.ZipFile(wheel) as held:
        names = set(held.namelist())
    files = (path for path in (ROOT / "ivr").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return [name for path in files if (name := path.relative_to(ROOT).as_posix()) not in names]


def main() -> None:
    """Exit with an error where the wheel does not work on its own."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        run(sys.executable, "-m", "build", "--wheel", "--outdir", place, ROOT, cwd=place)
        (wheel,) = place.glob("huifang-*.whl")
        if missing := left_out(wheel):
            sys.exit(f"the wheel lacks {', '.join(missing)}")
        venv.create(place / "fresh", with_pip=True)
        python = place / "fresh" / "bin" / "python"
        run(python, *PIP, "--require-hashes", "-r", ROOT / "requirements.lock", cwd=place)
        run(python, *PIP, "--no-deps", wheel, cwd=place)
        huifang = place / "fresh" / "bin" / "huifang"
        listed = run(huifang, "scripts", "list", cwd=place)
        if "new-contract" not in listed or "survey" not in listed:
            sys.exit(f"the installed wheel does not list the shipped scripts:\n{listed}")
        run(huifang, "db", "verify", cwd=place)
        print(f"{wheel.name}: installed in a fresh environment, runs outside the checkout")


if __name__ == "__main__":
    main()
