#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every Python file of the tree, found by its first line or its suffix.
. tests/lib/static.sh

python_files()
{
	files scripts tests tools examples packaging | while read -r f; do
		case $f in
		*.py) echo "$f" ;;
		*.*) ;;
		*) ! head -n 1 "$f" | grep -qaE '^#!.*python3?$' || echo "$f" ;;
		esac
	done
}

mapfile -t found < <(python_files)
silent "pyflakes is silent on ${#found[@]} files" \
	pyflakes3 "${found[@]}"
finish
