"""Sphinx configuration: offline, warnings are errors, notebooks executed."""

from __future__ import annotations

from importlib.metadata import version as installed

project = "rfm-clv"
author = "The rfm-clv authors"
copyright = "2026, the rfm-clv authors"
release = version = installed("rfm-clv")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
templates_path = ["_templates"]
exclude_patterns = ["_build", "**.ipynb_checkpoints"]
nitpicky = False

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_merge_streams = True
myst_enable_extensions = ["deflist", "colon_fence"]
myst_heading_anchors = 2  # pages link to sections of others

default_role = "code"  # single backticks in docstrings name things of the code
autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "pydata_sphinx_theme"
html_title = "rfm-clv"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_sourcelink = False
html_sidebars = {"gallery": []}  # one page without pages below it: the plots need the space
html_theme_options = {
    "navbar_align": "left",
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
}
