"""What is printed."""

from __future__ import annotations

import io

from clv._command.screen import say


def test_nothing_that_a_terminal_obeys_is_printed():
    out = io.StringIO()
    say("a\x1b[31mb\nc", out)
    assert "\x1b" not in out.getvalue()
    assert out.getvalue().count("\n") == 2
