"""Every example runs, from a folder of its own, and says what it promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SAYS = {
    "quickstart.py": ["VIP", "bg-nbd: 23,570 customers", "share_of_clv"],
    "film.py": ["Moves of 23,570 customers over 5 periods", "Learn the cut points again", "flow.png"],
}


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.py")))
def test_example(name, tmp_path):
    run = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name)], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    for words in SAYS.get(name, []):
        assert words in run.stdout
