"""Fail, and say why, unless fonts, Java, a browser and the user's settings are hidden from this process.

Run by .ci/run after the tests, under their environment.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import matplotlib
from matplotlib import font_manager


def seen() -> list[str]:
    """What a bare machine would not show."""
    own = Path(matplotlib.get_data_path())
    files = {*font_manager.findSystemFonts(), *(entry.fname for entry in font_manager.fontManager.ttflist)}
    fonts = sorted(file for file in files if own not in Path(file).parents)
    programs = [found for name in ("java", "fc-list", "chromium") if (found := shutil.which(name))]
    names = ("JAVA_HOME", "LANG", "LC_ALL", "MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")
    return [*fonts, *programs, *(name for name in names if name in os.environ)]


if __name__ == "__main__":
    if found := seen():
        raise SystemExit(f"Not hidden from the tests: {', '.join(found)}")
    print("Fonts, Java, browser, locale and settings were hidden from the tests.")
