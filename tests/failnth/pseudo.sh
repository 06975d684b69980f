#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml-kasan uml-gcov
# timeout: 60
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/failnth/lib.bash"

# The numbers of the calls in include/uapi/softdev/pseudo.h.
GET_SEED=0x8008b920
SET_SEED=0x4008b921
GET_DIFFERENCE=0x8058b922

leaks_begin
sweep_load pseudo
load pseudo
for n in null zero full random pattern; do
	sweep "$n: open" -- "open 1 /dev/pseudo/$n rw" --
	# Zeros are put there by clear_user(), where nothing can be made to fail.
	case $n in random | pattern)
		sweep "$n: read" "open 1 /dev/pseudo/$n rw" -- "read 1 9000" --
		sweep "$n: readv" "open 1 /dev/pseudo/$n rw" -- \
			"readv 1 500 8" -- ;;
	esac
	[ $n = null ] || sweep "$n: splice" "open 1 /dev/pseudo/$n rw" \
		"pipe 2 3" -- "splice 1 3 8000" --
done
for n in null zero random; do
	sweep "$n: write" -s 0 "open 1 /dev/pseudo/$n rw" -- "write 1 9000" --
done
sweep "pattern: write what was read" "open 1 /dev/pseudo/pattern rw" \
	"pread 1 9000 77" -- "pwrite 1 9000 77" --
sweep "pattern: a difference" "open 1 /dev/pseudo/pattern rw" \
	"pread 1 9000 77" "-pwrite 1 9000 78" -- "ioctl 1 $GET_DIFFERENCE" --
sweep "pattern: seeds" "open 1 /dev/pseudo/pattern rw" -- \
	"ioctl 1 $SET_SEED 5" "ioctl 1 $GET_SEED" --
sweep "zero: shared mapping" "open 1 /dev/pseudo/zero rw" -- \
	"mmap 0 1 64K shared" "touch 0" --
sweep "zero: private mapping" "open 1 /dev/pseudo/zero rw" -- \
	"mmap 0 1 64K private" "touch 0" --
S=/sys/class/pseudo
sweep "a fault's rate" -- "put $S/pattern/faults/short 0" --
sweep "the seed" -- "put $S/pattern/seed 0" --
for f in "$S"/pattern/stats/*; do
	sweep "stats/${f##*/}" -- "get $f" --
	break
done
ok "it unloads" unload pseudo
leaks_end "nothing is lost"
finish
