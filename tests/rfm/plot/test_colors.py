import tomllib
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from rfm.plot._colors import FAMILIES, PALETTE, ink_on, segment_colors


def lightness(colour):
    linear = np.array([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)])
    return linear @ [0.2126, 0.7152, 0.0722]


# Machado, Oliveira & Fernandes (2009), severity 1.0.
BLINDNESS = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}  # fmt: skip


def lab(colour, matrix):
    """CIE L*a*b* of a colour as somebody with this colour blindness sees it."""
    rgb = np.array([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)])
    seen = np.clip(np.array(matrix) @ rgb, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    f = np.cbrt(np.maximum(xyz / [0.9505, 1.0, 1.089], 0.008856))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("kind", BLINDNESS)
def test_the_colours_stay_apart_for_the_colour_blind(kind):
    labs = np.array([lab(colour, BLINDNESS[kind]) for colour in PALETTE])
    distance = np.linalg.norm(labs[:, None] - labs[None], axis=2) + 100 * np.eye(len(labs))
    assert distance.min() > 6  # 2.3 is a just noticeable difference


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_keeps_its_order_in_grey_print(family):
    shades = [lightness(colour) for colour in FAMILIES[family]]
    assert shades == sorted(shades)
    assert np.all(np.diff(shades) > 0.03)


@pytest.mark.parametrize("colour", [*PALETTE, "white", "black"])
def test_text_on_a_colour_can_be_read(colour):
    low, high = sorted([lightness(colour), lightness(ink_on(colour))])
    assert (high + 0.05) / (low + 0.05) >= 3.9


def test_a_name_keeps_its_colour_whoever_stands_beside_it():
    alone = segment_colors(["VIP"])["VIP"]
    assert segment_colors(["x", "VIP", "y"])["VIP"] == alone
    assert segment_colors(["vip"])["vip"] == alone
    assert "x" in segment_colors(["x", "VIP"])


@given(st.lists(st.text("abcdefghij ", min_size=1, max_size=4), unique_by=str.strip, max_size=40))
def test_every_name_has_one_colour_and_no_two_share_it_while_there_are_enough(names):
    colours = segment_colors(names)
    assert list(colours) == names
    assert segment_colors(names) == colours
    if len(names) <= len(PALETTE):
        assert len(set(colours.values())) == len(names)


def test_every_segment_of_a_built_in_scheme_has_its_own_fixed_colour():
    files = sorted((resources.files("rfm._schemes") / "built_in").iterdir(), key=lambda file: file.name)
    schemes = [tomllib.loads(file.read_text("utf-8")) for file in files if file.name.endswith(".toml")]
    assert len(schemes) >= 7
    for scheme in schemes:
        names = [segment["name"] for segment in scheme["segment"]]
        colours = segment_colors(names)
        assert len(set(colours.values())) == len(names)
        assert colours == {name: segment_colors(["stranger", name])[name] for name in names}
