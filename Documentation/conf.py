# SPDX-License-Identifier: GPL-2.0
"""The book that `make html` makes; every page is plain reStructuredText."""

project = "softdev"
author = "the softdev authors"
copyright = author  # pylint: disable=redefined-builtin
highlight_language = "none"
html_theme = "classic"
html_copy_source = False
html_show_sphinx = False
extensions = []
