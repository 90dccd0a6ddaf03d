"""The arguments of the command."""

from __future__ import annotations

import pytest

from clv._command.parser import make_parser


def test_a_law_or_the_file_of_a_model_is_a_model(capsys):
    parse = make_parser().parse_args
    assert parse(["report", "o.csv", "--model", "model.json"]).model == "model.json"
    assert parse(["report", "o.csv", "--model", "bg-nbd"]).model == "bg-nbd"
    with pytest.raises(SystemExit):
        parse(["report", "o.csv", "--model", "nope"])
    assert "nope" in capsys.readouterr().err
