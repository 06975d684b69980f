#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A configuration file is written anew and renamed over the old one. Nobody
# promises that the new one is there after a power cut; one of the two has to be.
# "rename.sh careful" flushes it before the rename. Meanwhile another program
# flushes a file of its own, which takes the rename to the disk, too.
#
#	softdev-crash run --fs xfs --setup 'sh rename.sh setup' \
#		--workload 'sh rename.sh' --check 'sh rename.sh check'

cd "$CRASH_DIR" || exit

text()	# NUMBER: a configuration of some size that ends in "end NUMBER"
{
	seq 2000
	echo "end $1"
}

case $1 in
setup)
	text 0 >config
	;;
check)
	case $(tail -n 1 config) in
	"end "[0-9]) ;;
	*) echo "config has $(stat -c %s config) bytes, and not its end"; exit 1 ;;
	esac
	;;
*)
	for i in 1 2 3; do
		text "$i" >config.new || exit
		[ "$1" != careful ] || sync config.new || exit
		mv config.new config || exit
		echo "$i" >other && sync other || exit
	done
	;;
esac
